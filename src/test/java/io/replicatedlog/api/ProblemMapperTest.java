package io.replicatedlog.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.replicatedlog.api.Problem.Appended;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.primary.AppendRefusedException;
import io.replicatedlog.primary.OutcomeUnknownException;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.WireJson;
import io.replicatedlog.reading.TooManyReadersException;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.util.Optional;
import java.util.UUID;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ProblemMapperTest {

    private static final UUID LOG_ID = UUID.fromString("5b1c0e9e-8a54-4a5e-9d0c-3f1d6f7f0a77");

    private static final Logger LOG = Logger.getLogger(ProblemMapper.class.getName());

    /** The failure that is planted here belongs into no build's output. */
    @BeforeAll
    static void hideLog() {
        LOG.setUseParentHandlers(false);
    }

    @AfterAll
    static void showLog() {
        LOG.setUseParentHandlers(true);
    }

    private static Stream<Arguments> expected() {
        return Stream.of(
                arguments(new BadRequestProblem(ProblemType.TOO_LARGE, "split it"), ProblemType.TOO_LARGE),
                arguments(
                        new AppendRefusedException(AppendRefusedException.Reason.KEY_REUSED, "a new key"),
                        ProblemType.KEY_REUSED),
                arguments(new OutcomeUnknownException("the node stops"), ProblemType.OUTCOME_UNKNOWN),
                arguments(new LogFullException("make room"), ProblemType.LOG_FULL),
                arguments(StorageException.damaged("check the disk"), ProblemType.STORAGE_FAILED),
                arguments(new TooManyReadersException(1, "wait", "max-readers"), ProblemType.TOO_MANY_READERS),
                arguments(new MismatchException(4, 2), ProblemType.MISMATCH),
                arguments(refused(null), ProblemType.FENCED),
                arguments(new IOException("connection reset"), ProblemType.BAD_REQUEST));
    }

    @ParameterizedTest
    @MethodSource("expected")
    void shouldAnswerWithTheProblemOfTheFailure(Exception failure, ProblemType type) {
        Problem problem = ProblemMapper.problem(failure);

        assertThat(problem.type()).isEqualTo(type);
        assertThat(problem.status()).isEqualTo(type.status());
    }

    @ParameterizedTest
    @EnumSource
    void shouldCallEveryRefusalBetweenNodesByItsName(ReplicationRefusedException.Reason reason) {
        Problem problem = ProblemMapper.problem(
                new ReplicationRefusedException(reason, "not from you", Optional.of(new Reign(LOG_ID, 3)), 5, 7));

        assertThat(problem.type().uri()).isEqualTo(WireJson.PROBLEM + reason.wireName());
        assertThat(problem.status()).isEqualTo(409);
        assertThat(problem.appended()).isEqualTo(Appended.NO);
    }

    @Test
    void shouldSayWhatBecameOfTheMessages() {
        Problem refused = Problem.of(ProblemType.STORAGE_FAILED, "check the disk");

        assertThat(document(refused).getString("appended")).isEqualTo("no");
        assertThat(document(refused.withAppended(Appended.UNKNOWN)).getString("appended"))
                .isEqualTo("unknown");
        assertThat(document(ProblemMapper.problem(new OutcomeUnknownException("the node stops")))
                        .getString("appended"))
                .isEqualTo("unknown");
    }

    @Test
    void shouldTellAPrimaryWhereToContinue() {
        JsonObject mismatch = document(ProblemMapper.problem(new MismatchException(4, 2)));
        JsonObject fenced = document(ProblemMapper.problem(refused(new Reign(LOG_ID, 3))));

        assertThat(mismatch.getInt("end")).isEqualTo(4);
        assertThat(mismatch.getInt("lastEpoch")).isEqualTo(2);
        assertThat(fenced.getInt("end")).isEqualTo(7);
        assertThat(fenced.getInt("epoch")).isEqualTo(3);
        assertThat(fenced.getInt("promised")).isEqualTo(5);
        assertThat(fenced.getString("logId")).isEqualTo(LOG_ID.toString());
    }

    @Test
    void shouldNotShowWhatIsUnexpected() {
        Problem problem = ProblemMapper.problem(new IllegalStateException("a secret"));

        assertThat(problem.type()).isEqualTo(ProblemType.INTERNAL);
        assertThat(problem.appended()).isEqualTo(Appended.UNKNOWN);
        assertThat(problem.document()).doesNotContain("secret", "IllegalState");
    }

    private static ReplicationRefusedException refused(Reign reign) {
        return new ReplicationRefusedException(
                ReplicationRefusedException.Reason.FENCED,
                "this node follows a later reign",
                Optional.ofNullable(reign),
                5,
                7);
    }

    private static JsonObject document(Problem problem) {
        return Json.createReader(new StringReader(problem.document())).readObject();
    }
}
