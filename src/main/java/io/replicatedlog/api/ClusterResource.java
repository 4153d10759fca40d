package io.replicatedlog.api;

import io.replicatedlog.leadership.CandidateBean;
import io.replicatedlog.log.Log;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Replication;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.secondary.ReplicaBean;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageBean;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.bind.annotation.JsonbPropertyOrder;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** {@code GET /api/v1/cluster}: the state of the cluster as this node knows it, without asking any other. */
@Path("/v1/cluster")
@ApplicationScoped
@RolesAllowed({Roles.READER, Roles.ADMIN})
@APIResponse(responseCode = "401", ref = "problem")
@APIResponse(responseCode = "403", ref = "problem")
@Tag(name = "Cluster")
public class ClusterResource {

    @Inject
    private NodeConfig config;

    @Inject
    private State state;

    @GET
    @Operation(
            summary = "Show the cluster",
            description = "What this node knows: its role, its log, and on the primary the quorum and every secondary")
    @APIResponse(
            responseCode = "200",
            description = "The state",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(oneOf = {PrimaryDocument.class, SecondaryDocument.class})))
    public Response cluster() {
        return Response.ok(config.isPrimary() ? state.primary() : state.secondary(), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    /** The cluster as the primary knows it. */
    @JsonbPropertyOrder({
        "role",
        "url",
        "mode",
        "readOnlyReason",
        "logId",
        "epoch",
        "end",
        "committed",
        "nodes",
        "quorum",
        "waitingAppends",
        "storage",
        "mayBeLost",
        "secondaries"
    })
    @Schema(name = "Primary")
    public record PrimaryDocument(
            @Schema(examples = "PRIMARY") String role,
            URI url,
            @Schema(examples = {"READ_WRITE", "READ_ONLY"}) String mode,

            @Schema(description = "Why appends are refused; absent while they are taken", nullable = true)
            String readOnlyReason,

            @Schema(description = "Absent until a log has begun", nullable = true)
            String logId,

            @Schema(description = "The reign; while the node recovers, its last one", examples = "1")
            long epoch,

            @Schema(description = "The offset that the next entry will get", examples = "18")
            long end,

            @Schema(description = "A majority holds everything below this offset", examples = "18")
            long committed,

            @Schema(description = "How many nodes are configured", examples = "3")
            int nodes,

            QuorumDocument quorum,

            @Schema(description = "How many appends wait for their write concern", examples = "0")
            int waitingAppends,

            StorageDocument storage,

            @Schema(description = "What its last start may have lost, and why; absent if nothing", nullable = true)
            String mayBeLost,

            List<SecondaryOfPrimary> secondaries) {}

    /** Where a node keeps its log. */
    @JsonbPropertyOrder({"kind", "durable", "failure"})
    @Schema(name = "Storage")
    public record StorageDocument(
            @Schema(examples = {"file", "memory"}) String kind,

            @Schema(description = "Everything below this is as durable as this storage makes it", examples = "18")
            long durable,

            @Schema(description = "What has failed, and what to do; absent while all is well", nullable = true)
            String failure) {}

    /** How many nodes are well, and how many must be. */
    @JsonbPropertyOrder({"required", "healthy"})
    @Schema(name = "Quorum")
    public record QuorumDocument(
            @Schema(examples = "2") int required,
            @Schema(examples = "3") int healthy) {}

    /** One secondary as the primary knows it. */
    @JsonbPropertyOrder({"url", "health", "acknowledged", "lag", "remainingSeconds", "lane", "failedCalls", "lastError"
    })
    @Schema(name = "SecondaryOfPrimary")
    public record SecondaryOfPrimary(
            URI url,

            @Schema(examples = {"HEALTHY", "SUSPECTED", "UNHEALTHY"})
            String health,

            @Schema(description = "It holds everything below this offset", examples = "18")
            long acknowledged,

            @Schema(description = "How many entries it lacks", examples = "0")
            long lag,

            @Schema(
                    description = "How long until it lacks none, where that takes long and can be told",
                    nullable = true,
                    examples = "40")
            Long remainingSeconds,

            @Schema(examples = {"CAUGHT_UP", "SENDING", "BACKING_OFF", "STOPPED"})
            String lane,

            @Schema(description = "How many calls failed in a row", examples = "0")
            int failedCalls,

            @Schema(description = "Why the last call failed; absent once one succeeded", nullable = true)
            String lastError) {}

    /** A secondary as it knows itself. */
    @JsonbPropertyOrder({
        "role",
        "url",
        "primary",
        "secondsSinceCall",
        "logId",
        "epoch",
        "end",
        "lag",
        "committed",
        "heldBack",
        "storage"
    })
    @Schema(name = "Secondary")
    public record SecondaryDocument(
            @Schema(examples = "SECONDARY") String role,
            URI url,

            @Schema(description = "The primary that it follows; absent until one has called", nullable = true)
            URI primary,

            @Schema(
                    description = "How long ago the primary called last; absent if it has not since this node started",
                    nullable = true,
                    examples = "0")
            Long secondsSinceCall,

            @Schema(nullable = true) String logId,
            @Schema(nullable = true) Long epoch,

            @Schema(description = "It holds everything below this offset", examples = "18")
            long end,

            @Schema(
                    description =
                            "How many entries it lacked of its primary's when that one called last; absent if it has"
                                    + " not since this node started",
                    nullable = true,
                    examples = "0")
            Long lag,

            @Schema(description = "What the primary last said is held by a majority", examples = "18")
            long committed,

            @Schema(description = "How many entries wait for a gap before them to be filled", examples = "0")
            int heldBack,

            StorageDocument storage) {}

    /** Puts the documents together. */
    @ApplicationScoped
    static class State {

        @Inject
        private NodeConfig config;

        @Inject
        private ReadOnlyMode readOnlyMode;

        @Inject
        private ReplicationBean replication;

        @Inject
        private ReplicaBean replica;

        @Inject
        private CandidateBean candidate;

        @Inject
        private StorageBean storage;

        @Inject
        private CommittedOffset committed;

        @Inject
        private Log stored;

        @Inject
        private IdentityStore identity;

        PrimaryDocument primary() {
            PrimaryLog log = replication.primaryLog();
            Optional<Reign> reign = log.reign().or(() -> identity.load().reign());
            Optional<String> readOnly = readOnlyMode.reason();
            return new PrimaryDocument(
                    config.role().name(),
                    config.url(),
                    readOnly.isPresent() ? "READ_ONLY" : "READ_WRITE",
                    readOnly.orElse(null),
                    reign.map(current -> current.logId().toString()).orElse(null),
                    reign.map(Reign::epoch).orElse(0L),
                    log.end(),
                    committed.get(),
                    config.nodes(),
                    new QuorumDocument(
                            Quorum.of(config.nodes(), config.quorum()).required(),
                            1 + replication.replication().healthyFollowers()),
                    replication.pending().size(),
                    storage(),
                    candidate.risk().map(why -> "it went on " + why).orElse(null),
                    replication.replication().status().stream()
                            .map(State::document)
                            .toList());
        }

        private static SecondaryOfPrimary document(Replication.SecondaryStatus status) {
            return new SecondaryOfPrimary(
                    status.member().url(),
                    status.health().name(),
                    status.acknowledged(),
                    status.lag(),
                    boxed(status.remainingSeconds()),
                    status.lane().state().name(),
                    status.lane().failures(),
                    status.lane().lastError());
        }

        private static Long boxed(OptionalLong value) {
            return value.isPresent() ? value.getAsLong() : null;
        }

        SecondaryDocument secondary() {
            Replica.Status status = replica.status();
            return new SecondaryDocument(
                    config.role().name(),
                    config.url(),
                    status.primary().orElse(null),
                    boxed(replica.secondsSinceCall()),
                    status.reign().map(reign -> reign.logId().toString()).orElse(null),
                    status.reign().map(Reign::epoch).orElse(null),
                    status.end(),
                    boxed(status.lag()),
                    status.committed(),
                    status.heldBack(),
                    storage());
        }

        private StorageDocument storage() {
            String kind = config.storage().directory().isPresent() ? "file" : "memory";
            return new StorageDocument(kind, stored.durable(), storage.failure().orElse(null));
        }
    }
}
