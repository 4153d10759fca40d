package io.replicatedlog.membership;

import io.replicatedlog.protocol.Member;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Which storage answers at which URL: one node under two URLs must not count twice. The URL that was heard first has the
 * node id, until another id answers there.
 *
 * <p>Thread-safe: guarded by its own monitor. One entry for each member, and one for this node itself.
 */
public final class NodeIds {

    private final Map<Member, UUID> ids = new HashMap<>();

    /**
     * @param self where this node itself is called
     * @param own its node id
     */
    public NodeIds(Member self, UUID own) {
        ids.put(self, own);
    }

    /**
     * A member answered with this node id.
     *
     * @return the other member that has it; empty if it now belongs to {@code member}
     */
    public synchronized Optional<Member> claim(Member member, UUID id) {
        Optional<Member> other = ids.entrySet().stream()
                .filter(known -> known.getValue().equals(id) && !known.getKey().equals(member))
                .map(Map.Entry::getKey)
                .findFirst();
        if (other.isEmpty()) {
            ids.put(member, id);
        }
        return other;
    }

    /** The node id that a member answered with last; empty before its first answer. */
    public synchronized Optional<UUID> of(Member member) {
        return Optional.ofNullable(ids.get(member));
    }
}
