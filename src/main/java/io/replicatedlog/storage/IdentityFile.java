package io.replicatedlog.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.replicatedlog.log.Disk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.Reign;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;

/**
 * The {@link Identity} in a small file of text that an operator can read: a line for each component, and the CRC-32C of these
 * lines. It is replaced atomically. A damaged one is never taken for a new node's: that node could vote away what it has
 * acknowledged.
 *
 * <p>Thread-safe: written under its own monitor, read without.
 */
public final class IdentityFile implements IdentityStore {

    static final String NAME = "identity";

    private static final String HEADING = "replicated-log identity 4";
    private static final String CHECKSUM = "crc32c ";

    private final Disk disk;
    private volatile Identity identity;

    /** Whether the last attempt to write failed: then the old or the new identity is in the file. */
    private boolean inDoubt;

    private IdentityFile(Disk disk, Identity identity) {
        this.disk = disk;
        this.identity = identity;
    }

    /**
     * Opens the file, or begins one.
     *
     * @param isEmpty whether the log holds nothing; only then may there be no file yet
     * @param fresh the node id of a storage that begins
     * @throws StorageException if the file is damaged, or is missing beside entries
     * @throws IOException if the disk cannot be read or written
     */
    public static IdentityFile open(Disk disk, boolean isEmpty, UUID fresh) throws IOException {
        Optional<byte[]> content = disk.read(NAME);
        if (content.isEmpty() && !isEmpty) {
            throw damaged(disk, "is missing, and there are entries beside it");
        }
        if (content.isEmpty()) {
            Identity begun = Identity.begun(fresh);
            disk.replace(NAME, encode(begun));
            return new IdentityFile(disk, begun);
        }
        return new IdentityFile(disk, decode(new String(content.get(), UTF_8), disk));
    }

    @Override
    public Identity load() {
        return identity;
    }

    @Override
    public synchronized Identity update(UnaryOperator<Identity> change) {
        Identity next = change.apply(identity);
        if (next.equals(identity) && !inDoubt) {
            return next;
        }
        try {
            inDoubt = true;
            disk.replace(NAME, encode(next));
            inDoubt = false;
            identity = next;
            return next;
        } catch (IOException e) {
            throw StorageException.failed("Writing " + disk.locate(NAME) + " failed", e);
        }
    }

    private static byte[] encode(Identity identity) {
        Map<String, String> components = new LinkedHashMap<>();
        components.put("node", identity.node().toString());
        identity.promise().ifPresent(promise -> {
            components.put("promised", Long.toString(promise.epoch()));
            components.put("candidate", promise.candidate().toString());
        });
        identity.reign().ifPresent(reign -> {
            components.put("log-id", reign.logId().toString());
            components.put("epoch", Long.toString(reign.epoch()));
        });
        identity.primary().ifPresent(primary -> components.put("primary", primary.toString()));
        components.put("committed", Long.toString(identity.committed()));
        components.put("matched", Long.toString(identity.matched()));
        components.put("complete", Boolean.toString(identity.isComplete()));
        identity.members().ifPresent(members -> components.put("members", members.text()));
        String lines = HEADING + "\n"
                + components.entrySet().stream()
                        .map(component -> component.getKey() + " " + component.getValue() + "\n")
                        .collect(joining());
        return (lines + checksum(lines)).getBytes(UTF_8);
    }

    private static Identity decode(String text, Disk disk) {
        int end = text.lastIndexOf(CHECKSUM);
        if (end < 0 || !text.substring(end).equals(checksum(text.substring(0, end))) || !text.startsWith(HEADING)) {
            throw damaged(disk, "is damaged, or of another version");
        }
        Map<String, String> components = new LinkedHashMap<>();
        text.substring(HEADING.length(), end)
                .lines()
                .filter(line -> !line.isEmpty())
                .forEach(line -> {
                    int space = line.indexOf(' ');
                    components.put(line.substring(0, space), line.substring(space + 1));
                });
        return new Identity(
                UUID.fromString(components.get("node")),
                Optional.ofNullable(components.get("candidate"))
                        .map(id -> new Promise(Long.parseLong(components.get("promised")), UUID.fromString(id))),
                Optional.ofNullable(components.get("log-id"))
                        .map(id -> new Reign(UUID.fromString(id), Long.parseLong(components.get("epoch")))),
                Optional.ofNullable(components.get("primary")).map(URI::create),
                Long.parseLong(components.get("committed")),
                Long.parseLong(components.get("matched")),
                Boolean.parseBoolean(components.get("complete")),
                Optional.ofNullable(components.get("members")).map(Members::parse));
    }

    private static String checksum(String lines) {
        CRC32C crc = new CRC32C();
        crc.update(lines.getBytes(UTF_8));
        return CHECKSUM + String.format("%08x\n", crc.getValue());
    }

    private static StorageException damaged(Disk disk, String what) {
        return StorageException.damaged(disk.locate(NAME) + " " + what + ". Move " + disk.locate("") + " away and"
                + " start the node: it gets the log from the other nodes. Restore a copy only if no other node holds the"
                + " log");
    }
}
