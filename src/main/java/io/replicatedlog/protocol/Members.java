package io.replicatedlog.protocol;

import static java.util.stream.Collectors.joining;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The nodes that count for {@code w}, quorum and elections. Made by the primary that begins the log, stored by every node.
 *
 * @param epoch in which this list was made
 * @param ids the node id of each member when the list was made, in the order of the configuration; empty where it was unknown
 */
public record Members(long epoch, Map<Member, Optional<UUID>> ids) {

    public Members {
        ids = new LinkedHashMap<>(ids); // keeps the order
    }

    /** As they are configured: of no epoch yet, and with no node id known. */
    public static Members of(List<URI> urls) {
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        urls.forEach(url -> ids.put(new Member(url), Optional.empty()));
        return new Members(0, ids);
    }

    /** All of them, in order. */
    public List<Member> list() {
        return List.copyOf(ids.keySet());
    }

    /** All but this one, in order. */
    public List<Member> without(Member self) {
        return list().stream().filter(member -> !member.equals(self)).toList();
    }

    /**
     * Whether this storage was a member when the list was made: then it cannot have lost what it acknowledged before, unless
     * it knows so itself.
     */
    public boolean lists(UUID node) {
        return ids.containsValue(Optional.of(node));
    }

    /** One line of text: the epoch, then each URL with its node id. */
    public String text() {
        return epoch + " "
                + ids.entrySet().stream()
                        .map(member -> member.getKey()
                                + member.getValue().map(id -> "#" + id).orElse(""))
                        .collect(joining(" "));
    }

    /** @throws IllegalArgumentException if it is anything else than {@link #text} */
    public static Members parse(String text) {
        int space = Math.max(0, text.indexOf(' '));
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        for (String word : text.substring(space).strip().split(" ")) {
            int id = word.indexOf('#');
            if (!word.isEmpty()) {
                ids.put(
                        new Member(URI.create(id < 0 ? word : word.substring(0, id))),
                        id < 0 ? Optional.empty() : Optional.of(UUID.fromString(word.substring(id + 1))));
            }
        }
        Members members = new Members(Long.parseLong(text.substring(0, space)), ids);
        if (!members.text().equals(text)) {
            throw new IllegalArgumentException("Not a list of members: " + text);
        }
        return members;
    }
}
