package io.replicatedlog.leadership;

import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Members that are numbered from 1, and how far their logs go, for tests. The first is the node that the test is about. */
final class SampleMembers {

    static final UUID LOG = new UUID(1, 1);
    static final UUID OTHER_LOG = new UUID(2, 2);

    private SampleMembers() {}

    static Member member(int number) {
        return new Member(URI.create("http://node" + number + ":8080"));
    }

    /** Its node id. */
    static UUID node(int number) {
        return new UUID(8, number);
    }

    /** As the primary that begins a log makes the list. */
    static Members members(int count) {
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        for (int number = 1; number <= count; number++) {
            ids.put(member(number), Optional.of(node(number)));
        }
        return new Members(1, ids);
    }

    /** Of a storage that has just begun. */
    static Position knowsNothing(int number) {
        return new Position(node(number), 0, Optional.empty(), 0, 0, 0, 0, false);
    }

    /**
     * Of a complete node.
     *
     * @param matched the epoch of the reign that it followed and matched last
     */
    static Position holds(int number, long matched, long end) {
        return holds(LOG, number, matched, end, true);
    }

    static Position holdsOf(UUID log, int number, long matched, long end) {
        return holds(log, number, matched, end, true);
    }

    /** Of a node that may lack what it has acknowledged. */
    static Position isIncomplete(int number, long matched, long end) {
        return holds(LOG, number, matched, end, false);
    }

    private static Position holds(UUID log, int number, long matched, long end, boolean isComplete) {
        Reign reign = new Reign(log, matched);
        return new Position(
                node(number), matched, Optional.of(reign), matched, end, end == 0 ? 0 : matched, 0, isComplete);
    }

    /** The same, of a node that follows a later reign whose beginning it has not matched. */
    static Position follows(long epoch, Position position) {
        return new Position(
                position.node(),
                epoch,
                Optional.of(new Reign(LOG, epoch)),
                position.matched(),
                position.end(),
                position.lastEpoch(),
                position.committed(),
                position.isComplete());
    }

    /** The same, of a node that knows everything below this to be committed. */
    static Position commits(long committed, Position position) {
        return new Position(
                position.node(),
                position.promised(),
                position.reign(),
                position.matched(),
                position.end(),
                position.lastEpoch(),
                committed,
                position.isComplete());
    }

    /**
     * What the first node remembers when it stands.
     *
     * @param primary the number of the primary that it followed last
     * @param members how many there are
     */
    static Identity remembers(Position own, int primary, int members, long epoch) {
        boolean knowsALog = own.reign().isPresent();
        return new Identity(
                node(1),
                Optional.of(new Promise(epoch, node(1))),
                own.reign(),
                knowsALog ? Optional.of(member(primary).url()) : Optional.empty(),
                own.committed(),
                own.matched(),
                own.isComplete(),
                knowsALog ? Optional.of(members(members)) : Optional.empty());
    }
}
