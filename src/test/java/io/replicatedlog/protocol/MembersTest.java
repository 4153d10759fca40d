package io.replicatedlog.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.Seeds;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MembersTest {

    private static final UUID NODE = UUID.fromString("00000000-0000-0008-0000-000000000008");
    private static final Member ONE = new Member(URI.create("http://one:8080"));
    private static final Member TWO = new Member(URI.create("https://two.example.org:9443"));
    private static final Member THREE = new Member(URI.create("http://[::1]:8080"));

    @Test
    void shouldBeThoseOfTheConfigurationInItsOrder() {
        Members configured = Members.of(List.of(THREE.url(), ONE.url(), TWO.url()));

        assertThat(configured.epoch()).as("of no epoch yet").isZero();
        assertThat(configured.list()).containsExactly(THREE, ONE, TWO);
        assertThat(configured.ids()).allSatisfy((member, id) -> assertThat(id).isEmpty());
    }

    @Test
    void shouldKnowTheOthers() {
        Members members = Members.of(List.of(ONE.url(), TWO.url(), THREE.url()));

        assertThat(members.without(TWO)).containsExactly(ONE, THREE);
        assertThat(Members.of(List.of(ONE.url())).without(ONE)).isEmpty();
        assertThat(Members.of(List.of(ONE.url(), TWO.url())).without(THREE)).containsExactly(ONE, TWO);
    }

    @Test
    void shouldKnowWhichStoragesWereThereWhenTheListWasMade() {
        Members members = new Members(7, Map.of(ONE, Optional.of(NODE), TWO, Optional.empty()));

        assertThat(members.lists(NODE)).isTrue();
        assertThat(members.lists(new UUID(1, 1))).isFalse();
        assertThat(Members.of(List.of(ONE.url())).lists(NODE)).isFalse();
    }

    @Test
    void shouldBeALineThatAnOperatorCanRead() {
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        ids.put(ONE, Optional.of(NODE));
        ids.put(TWO, Optional.empty());

        assertThat(new Members(7, ids).text())
                .isEqualTo("7 http://one:8080#00000000-0000-0008-0000-000000000008 https://two.example.org:9443");
    }

    @Test
    void shouldReadWhatItWroteInTheSameOrder() {
        Seeds.each(500, random -> {
            Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
            for (int count = random.nextInt(6); count > 0; count--) {
                String host = random.nextBoolean() ? "host" + random.nextInt(1_000) : "[::" + random.nextInt(10) + "]";
                String port = random.nextBoolean() ? ":" + (1 + random.nextInt(65_535)) : "";
                Optional<UUID> id = random.nextBoolean()
                        ? Optional.of(new UUID(random.nextLong(), random.nextLong()))
                        : Optional.empty();
                ids.put(new Member(URI.create((random.nextBoolean() ? "http://" : "https://") + host + port)), id);
            }
            Members written = new Members(random.nextLong(Long.MAX_VALUE), ids);

            Members read = Members.parse(written.text());

            assertThat(read).isEqualTo(written);
            assertThat(read.list()).containsExactlyElementsOf(written.list());
        });
    }

    @Test
    void shouldNotChangeWithWhatItWasMadeOf() {
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        ids.put(ONE, Optional.empty());
        Members members = new Members(1, ids);

        ids.put(TWO, Optional.empty());

        assertThat(members.list()).containsExactly(ONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "http://one:8080",
                "one http://one:8080",
                "1.5 http://one:8080",
                "99999999999999999999 http://one:8080",
                "1 http://one:8080#",
                "1 http://one:8080#node",
                "1 http://one:8080#00000000-0000-0008-0000-000000000008#",
                "1 http://one:8080\\",
                "1http://one:8080",
                "1  http://one:8080",
                " 1 http://one:8080",
                "1 http://one:8080 ",
                "+1 http://one:8080",
                "1 http://one:8080 http://one:8080",
                "1 http://one:8080\nhttp://two:8080",
                "1 http://[one"
            })
    void shouldRefuseATextThatIsNone(String text) {
        assertThatThrownBy(() -> Members.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
