package io.replicatedlog.protocol;

import io.replicatedlog.node.NodeConfig;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The connections to other nodes: one for each, made when it is first called. Thread-safe. */
@ApplicationScoped
public class PeersBean {

    @Inject
    private NodeConfig config;

    private final Map<Member, PeerConnection> peers = new ConcurrentHashMap<>();

    /** Where a member is called. */
    public Peer peer(Member member) {
        return peers.computeIfAbsent(
                member,
                any -> new PeerConnection(
                        member.url(), config.requestTimeoutMs(), config.access().clusterSecret()));
    }

    @PreDestroy
    void close() {
        peers.values().forEach(PeerConnection::close);
    }
}
