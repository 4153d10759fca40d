package io.replicatedlog.leadership;

import io.replicatedlog.membership.Quorum;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Position;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Whose promises a candidate needs.
 *
 * @param self this node
 * @param members that count, this node among them
 * @param mayBegin whether this node may begin a log where no member knows of one
 * @param isFixed whether no other node can ever lead: then a promise has only to rule out what the others may know and this node
 *     has forgotten
 * @param sufficient how many promises of other members suffice, if an operator has decided so
 */
public record Electorate(Member self, Members members, boolean mayBegin, boolean isFixed, OptionalInt sufficient) {

    /** All members but this node. */
    public List<Member> others() {
        return members.without(self);
    }

    /** How many are more than half of the members. */
    public int majority() {
        return Quorum.majority(members.list().size());
    }

    /**
     * How many <em>other</em> members that are complete must promise.
     *
     * <p>A majority is complete, counting this node only if it is: a smaller set may miss an entry that was acknowledged, or
     * leave an older primary a majority. Where no other node can lead, one less does for an even number of members: any set of
     * {@code n - m + 1} others meets every majority.
     *
     * @param isComplete whether this node is
     */
    public int needed(boolean isComplete) {
        if (isComplete) {
            return majority() - 1;
        }
        return isFixed ? members.list().size() - majority() + 1 : majority();
    }

    /**
     * Whether a member is sure to hold everything that it has ever acknowledged of this log: it says so; or it follows no log yet,
     * and its storage is the one that the list was made with.
     */
    public boolean isComplete(Position answer, UUID log) {
        return answer.reign().isEmpty() ? members.lists(answer.node()) : answer.isComplete() && answer.isOf(log);
    }
}
