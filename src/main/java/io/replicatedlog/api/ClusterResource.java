package io.replicatedlog.api;

import io.replicatedlog.leadership.Leadership;
import io.replicatedlog.leadership.LeadershipBean;
import io.replicatedlog.leadership.Succession;
import io.replicatedlog.log.Log;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Replication;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.secondary.ReplicaBean;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageBean;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.bind.annotation.JsonbPropertyOrder;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/** {@code /api/v1/cluster}: the cluster as this node knows it, from local state only; and who is to lead it. */
@Path("/v1/cluster")
@ApplicationScoped
@RolesAllowed({Roles.READER, Roles.ADMIN})
public class ClusterResource {

    @Inject
    private LeadershipBean leadership;

    @Inject
    private State state;

    @Inject
    private RequestBodies bodies;

    @Inject
    private Promotion promotion;

    @GET
    public Response cluster() {
        boolean leads = leadership.role() == Leadership.Role.PRIMARY;
        return Response.ok(leads ? state.primary() : state.secondary(), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    /** Hands the lead to the node that the body names; on a node that does not lead, the primary does it. */
    @POST
    @Path("/primary")
    @Consumes(MediaType.APPLICATION_JSON)
    @RolesAllowed(Roles.ADMIN)
    public CompletionStage<Response> promote(@Context HttpHeaders headers, InputStream body) throws IOException {
        return bodies.read(body, bytes -> bytes)
                .thenCompose(bytes -> promotion.promote(headers, bytes))
                .exceptionally(ProblemMapper::answer);
    }

    /** The cluster as the primary knows it. */
    @JsonbPropertyOrder({
        "role",
        "url",
        "nodeId",
        "mode",
        "readOnlyReason",
        "logId",
        "epoch",
        "primary",
        "primarySince",
        "leadership",
        "end",
        "committed",
        "nodes",
        "quorum",
        "waitingAppends",
        "storage",
        "mayBeLost",
        "secondaries"
    })
    public record PrimaryDocument(
            String role,
            URI url,
            String nodeId,
            String mode,
            String readOnlyReason,
            String logId,
            long epoch,
            URI primary,
            String primarySince,
            List<ChangeDocument> leadership,
            long end,
            long committed,
            int nodes,
            QuorumDocument quorum,
            int waitingAppends,
            StorageDocument storage,
            String mayBeLost,
            List<SecondaryOfPrimary> secondaries) {}

    /** Another node led from then on, or, without a primary, none. */
    @JsonbPropertyOrder({"at", "epoch", "primary"})
    public record ChangeDocument(String at, long epoch, URI primary) {}

    /** Where a node keeps its log. */
    @JsonbPropertyOrder({"kind", "durable", "failure"})
    public record StorageDocument(String kind, long durable, String failure) {}

    /** The number of healthy nodes, and the number that appends require. */
    @JsonbPropertyOrder({"required", "healthy"})
    public record QuorumDocument(int required, int healthy) {}

    /** One secondary as the primary knows it. */
    @JsonbPropertyOrder({"url", "health", "acknowledged", "lag", "remainingSeconds", "lane", "failedCalls", "lastError"
    })
    public record SecondaryOfPrimary(
            URI url,
            String health,
            long acknowledged,
            long lag,
            Long remainingSeconds,
            String lane,
            int failedCalls,
            String lastError) {}

    /** A secondary as it knows itself. */
    @JsonbPropertyOrder({
        "role",
        "url",
        "nodeId",
        "mode",
        "readOnlyReason",
        "primary",
        "primarySince",
        "leadership",
        "members",
        "secondsSinceCall",
        "logId",
        "epoch",
        "end",
        "lag",
        "committed",
        "heldBack",
        "storage"
    })
    public record SecondaryDocument(
            String role,
            URI url,
            String nodeId,
            String mode,
            String readOnlyReason,
            URI primary,
            String primarySince,
            List<ChangeDocument> leadership,
            List<URI> members,
            Long secondsSinceCall,
            String logId,
            Long epoch,
            long end,
            Long lag,
            long committed,
            int heldBack,
            StorageDocument storage) {}

    /** Builds the documents. */
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
        private LeadershipBean leadership;

        @Inject
        private StorageBean storage;

        @Inject
        private CommittedOffset committed;

        @Inject
        private Log stored;

        @Inject
        private IdentityStore identity;

        PrimaryDocument primary() {
            Optional<ChangeDocument> leading = leading();
            PrimaryLog log = replication.primaryLog();
            Optional<Reign> reign = log.reign().or(() -> identity.load().reign());
            int nodes = log.members().map(members -> members.list().size()).orElse(1);
            return new PrimaryDocument(
                    leadership.role().name(),
                    config.url(),
                    identity.load().node().toString(),
                    mode(),
                    readOnlyMode.reason().orElse(null),
                    reign.map(current -> current.logId().toString()).orElse(null),
                    reign.map(Reign::epoch).orElse(0L),
                    leading.map(ChangeDocument::primary).orElse(null),
                    leading.map(ChangeDocument::at).orElse(null),
                    changes(),
                    log.end(),
                    committed.get(),
                    nodes,
                    new QuorumDocument(
                            Quorum.of(nodes, config.quorum()).required(),
                            1 + replication.replication().healthyFollowers()),
                    replication.pending().size(),
                    storage(),
                    leadership.risk().map(why -> "it went on " + why).orElse(null),
                    replication.replication().status().stream()
                            .map(State::document)
                            .toList());
        }

        private Optional<ChangeDocument> leading() {
            return leadership.succession().current().map(State::document);
        }

        private List<ChangeDocument> changes() {
            return leadership.succession().changes().stream()
                    .map(State::document)
                    .toList();
        }

        private static ChangeDocument document(Succession.Change change) {
            return new ChangeDocument(
                    Instant.ofEpochMilli(change.atMs()).toString(),
                    change.epoch(),
                    change.primary().map(Member::url).orElse(null));
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

        private String mode() {
            return readOnlyMode.reason().isPresent() ? "READ_ONLY" : "READ_WRITE";
        }

        SecondaryDocument secondary() {
            Replica.Status status = replica.status();
            Identity known = identity.load();
            Optional<ChangeDocument> leading = leading();
            boolean isLed = leading.isPresent();
            return new SecondaryDocument(
                    leadership.role().name(),
                    config.url(),
                    known.node().toString(),
                    isLed ? null : mode(),
                    isLed ? null : readOnlyMode.reason().orElse(null),
                    leading.map(ChangeDocument::primary).orElse(null),
                    leading.map(ChangeDocument::at).orElse(null),
                    changes(),
                    known.members().map(Members::list).orElseGet(() -> Member.of(config.members())).stream()
                            .map(Member::url)
                            .toList(),
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
