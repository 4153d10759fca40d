package io.replicatedlog.primary;

import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The nodes of a cluster, for tests: a primary and secondaries that are numbered from 1. */
final class SampleNodes {

    private static final List<Member> SECONDARIES = IntStream.rangeClosed(1, 10)
            .mapToObj(number -> new Member(URI.create("http://secondary" + number + ":8080")))
            .toList();

    private SampleNodes() {}

    static Member secondary(int number) {
        return SECONDARIES.get(number - 1);
    }

    static List<Member> secondaries(int count) {
        return SECONDARIES.subList(0, count);
    }

    /** The node id of a secondary. */
    static UUID nodeId(int number) {
        return new UUID(9, number);
    }

    /** @param nodes the primary included */
    static Members members(int nodes) {
        return Members.of(Stream.concat(
                        Stream.of(SamplePrimary.URL),
                        secondaries(nodes - 1).stream().map(Member::url))
                .toList());
    }

    /** @param nodes the primary included */
    static PendingAppends pending(int nodes) {
        return new PendingAppends(new Acknowledgements(secondaries(nodes - 1)), Runnable::run);
    }
}
