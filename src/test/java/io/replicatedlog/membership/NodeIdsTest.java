package io.replicatedlog.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.protocol.Member;
import java.net.URI;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class NodeIdsTest {

    private static final UUID OWN = new UUID(8, 0);
    private static final UUID FIRST_STORAGE = new UUID(8, 1);
    private static final UUID SECOND_STORAGE = new UUID(8, 2);
    private static final Member SELF = member("primary");
    private static final Member ONE = member("one");
    private static final Member TWO = member("two");

    private final NodeIds ids = new NodeIds(SELF, OWN);

    @Test
    void shouldLearnTheNodeIdOfEachMember() {
        assertThat(ids.of(ONE)).isEmpty();

        assertThat(ids.claim(ONE, FIRST_STORAGE)).isEmpty();
        assertThat(ids.claim(TWO, SECOND_STORAGE)).isEmpty();
        assertThat(ids.claim(ONE, FIRST_STORAGE)).as("again").isEmpty();

        assertThat(ids.of(ONE)).contains(FIRST_STORAGE);
        assertThat(ids.of(TWO)).contains(SECOND_STORAGE);
        assertThat(ids.of(SELF)).contains(OWN);
    }

    @Test
    void shouldNoticeOneNodeUnderTwoUrls() {
        ids.claim(ONE, FIRST_STORAGE);

        assertThat(ids.claim(TWO, FIRST_STORAGE)).contains(ONE);

        assertThat(ids.of(TWO)).as("it has no id of its own").isEmpty();
        assertThat(ids.claim(ONE, FIRST_STORAGE)).as("the first goes on").isEmpty();
    }

    @Test
    void shouldNoticeAMemberThatIsThisNodeItself() {
        assertThat(ids.claim(ONE, OWN)).contains(SELF);
    }

    @Test
    void shouldTakeAReplacedStorageForWhatItIs() {
        ids.claim(ONE, FIRST_STORAGE);

        assertThat(ids.claim(ONE, SECOND_STORAGE)).isEmpty();

        assertThat(ids.of(ONE)).contains(SECOND_STORAGE);
        assertThat(ids.claim(TWO, FIRST_STORAGE)).as("it moved to another URL").isEmpty();
    }

    private static Member member(String host) {
        return new Member(URI.create("http://" + host + ":8080"));
    }
}
