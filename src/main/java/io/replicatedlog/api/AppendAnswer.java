package io.replicatedlog.api;

import io.replicatedlog.primary.PendingAppends.Outcome;
import jakarta.json.bind.annotation.JsonbPropertyOrder;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The answer to an append. */
@JsonbPropertyOrder({"offset", "count", "w", "acks", "satisfied"})
@Schema(description = "Where the message is, and how many nodes hold it")
public record AppendAnswer(
        @Schema(description = "The entry's place in the log, from 0; of several, the first one's", examples = "17")
        long offset,

        @Schema(description = "How many were appended, where several were sent; absent otherwise", nullable = true)
        Integer count,

        @Schema(description = "How many nodes were asked for, the primary included", examples = "2")
        int w,

        @Schema(
                description = "How many nodes held it when this was answered; none before the primary itself did",
                examples = "2")
        int acks,

        @Schema(description = "false where the time ran out before w nodes held it; absent otherwise", nullable = true)
        Boolean satisfied) {

    /** As JSON; written by hand, because binding costs a tenth of what an append takes. */
    String toJson() {
        StringBuilder json = new StringBuilder(64).append("{\"offset\":").append(offset);
        if (count != null) {
            json.append(",\"count\":").append(count);
        }
        json.append(",\"w\":").append(w).append(",\"acks\":").append(acks);
        if (satisfied != null) {
            json.append(",\"satisfied\":").append(satisfied);
        }
        return json.append('}').toString();
    }

    /**
     * @param outcome of the last message
     * @param count of messages
     */
    static AppendAnswer of(Outcome outcome, int count, boolean isBulk) {
        return new AppendAnswer(
                outcome.offset() - (count - 1),
                isBulk ? count : null,
                outcome.w(),
                outcome.acks(),
                outcome.satisfied() ? null : Boolean.FALSE);
    }
}
