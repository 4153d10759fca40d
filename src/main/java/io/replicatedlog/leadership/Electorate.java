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
 * @param isFixed whether no other node can ever lead: then what all others know is all that can be known
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
     * <p>A majority is complete, counting this node if it is: a smaller set may miss an entry that was acknowledged, or leave an
     * older primary a majority. Without this node, {@code n - m + 1} others do: any such set meets the others of every majority,
     * as long as the members never change.
     *
     * @param isComplete whether this node is
     */
    public int needed(boolean isComplete) {
        return isComplete ? majority() - 1 : members.list().size() - majority() + 1;
    }

    /**
     * Whether a member is sure to hold everything that it has ever acknowledged of this log: it says so; or it follows no log yet,
     * and its storage is the one that the list was made with.
     */
    public boolean isComplete(Position answer, UUID log) {
        return answer.reign().isEmpty() ? members.lists(answer.node()) : answer.isComplete() && answer.isOf(log);
    }
}
