package io.replicatedlog.leadership;

import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeThreads;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.PeersBean;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.reading.TailBean;
import io.replicatedlog.storage.IdentityStore;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletionStage;

/** The {@link LinearizableReads} of this node as a bean. */
@ApplicationScoped
public class LinearizableReadsBean {

    @Inject
    private NodeConfig config;

    @Inject
    private LeadershipBean leadership;

    @Inject
    private ReplicationBean replication;

    @Inject
    private PeersBean peers;

    @Inject
    private TailBean tail;

    @Inject
    private IdentityStore identity;

    @Inject
    private NodeThreads threads;

    private LinearizableReads reads;

    @PostConstruct
    void build() {
        reads = new LinearizableReads(
                new LinearizableReads.Settings(
                        new Member(config.url()), config.bounds().maxReaders(), config.requestTimeoutMs()),
                new LinearizableReads.Parts(
                        leadership::primary,
                        replication.primaryLog(),
                        replication.replication(),
                        peers::peer,
                        tail.tail(),
                        identity),
                threads,
                threads);
    }

    /** As {@link LinearizableReads#await}. */
    public CompletionStage<Void> await() {
        return reads.await();
    }

    /** As {@link LinearizableReads#index}. */
    public CompletionStage<ReadIndex> index() {
        return reads.index();
    }
}
