package io.replicatedlog.metrics;

import static io.replicatedlog.primary.ReplicationMeters.described;
import static jakarta.interceptor.Interceptor.Priority.APPLICATION;

import io.replicatedlog.leadership.LeadershipBean;
import io.replicatedlog.log.Log;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.Replication.SecondaryStatus;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.reading.TailBean;
import io.replicatedlog.storage.IdentityStore;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

/** Registers the gauges once the node has started. */
@ApplicationScoped
public class StateGauges {

    @Inject
    private MetricRegistry registry;

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private TailBean tail;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Inject
    private ReplicationBean replication;

    @Inject
    private IdentityStore identity;

    @Inject
    private LeadershipBean leadership;

    /** After {@link io.replicatedlog.leadership.NodeStartup}, which stops a node with an invalid configuration. */
    void register(@Observes @Priority(APPLICATION) Startup startup) {
        gauge("replicatedlog.end", "The end offset of this node's log", log::end);
        gauge("replicatedlog.durable", "Everything below this offset is durable here", log::durable);
        gauge(
                "replicatedlog.committed",
                "A majority holds everything below this offset, as far as this node knows",
                tail::committed);
        gauge("replicatedlog.log.bytes", "The size of this node's log", log::sizeInBytes);
        gauge("replicatedlog.waiting.readers", "Readers that wait for entries", tail::waiting);
        gauge("replicatedlog.subscribers", "Open event streams", tail::subscribers);
        registerRole();
    }

    private void registerRole() {
        gauge(
                "replicatedlog.primary",
                "1 while this node leads",
                () -> replication.primaryLog().isEstablished() ? 1 : 0);
        gauge(
                "replicatedlog.epoch",
                "The highest epoch that this node has promised, followed or begun",
                () -> identity.load().epoch());
        gauge(
                "replicatedlog.last.failover.seconds",
                "How long the log was without a primary before this node led, the last time it took over; 0 if it never did",
                () -> leadership.succession().lastGapMs().orElse(0) / 1000.0);
        gauge(
                "replicatedlog.waiting.appends",
                "Appends that wait for their write concern",
                () -> replication.pending().size());
        gauge(
                "replicatedlog.read.only",
                "1 while appends are refused",
                () -> readOnlyMode.reason().isPresent() ? 1 : 0);
        gauge("replicatedlog.nodes", "Number of members, as far as this node knows", this::nodes);
        gauge(
                "replicatedlog.quorum.required",
                "Number of healthy nodes that appends require",
                () -> Quorum.of(Math.max(1, nodes()), config.quorum()).required());
        gauge(
                "replicatedlog.quorum.healthy",
                "Number of nodes that are healthy and follow, this one included",
                () -> 1 + replication.replication().healthyFollowers());
        Member self = new Member(config.url());
        members().stream().filter(member -> !member.equals(self)).forEach(this::registerSecondary);
    }

    private List<Member> members() {
        return identity.load().members().map(Members::list).orElseGet(() -> Member.of(config.members()));
    }

    private int nodes() {
        return members().size();
    }

    private void registerSecondary(Member member) {
        gauge(
                member,
                "replicatedlog.secondary.acknowledged",
                "The secondary holds everything below this offset",
                SecondaryStatus::acknowledged);
        gauge(
                member,
                "replicatedlog.secondary.lag",
                "Number of entries that the secondary lacks",
                SecondaryStatus::lag);
        gauge(
                member,
                "replicatedlog.secondary.healthy",
                "1 while the secondary answers heartbeats",
                status -> status.health() == Health.HEALTHY ? 1 : 0);
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        registry.gauge(described(name, description), value);
    }

    private void gauge(Member member, String name, String description, Function<SecondaryStatus, Number> value) {
        registry.gauge(
                described(name, description),
                () -> replication.replication().status(member).map(value::apply).orElse(Double.NaN),
                new Tag("secondary", member.toString()));
    }
}
