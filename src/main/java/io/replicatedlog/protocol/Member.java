package io.replicatedlog.protocol;

import java.net.URI;
import java.util.List;

/**
 * A node of this cluster. A member is its URL; which storage answers there, its node id, is learned from its answers.
 *
 * @param url where it is called
 */
public record Member(URI url) {

    /** One for each URL, in their order. */
    public static List<Member> of(List<URI> urls) {
        return urls.stream().map(Member::new).toList();
    }

    @Override
    public String toString() {
        return url.toString();
    }
}
