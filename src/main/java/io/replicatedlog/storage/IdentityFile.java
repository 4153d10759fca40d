package io.replicatedlog.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.replicatedlog.log.Disk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.protocol.Reign;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The {@link Identity} in a small file of text that an operator can read: a line for each member, and the CRC-32C of these
 * lines. It is replaced as a whole. A damaged one is never taken for a new node's: that node could vote away what it has
 * acknowledged.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class IdentityFile implements IdentityStore {

    static final String NAME = "identity";

    private static final String HEADING = "replicated-log identity 2";
    private static final String CHECKSUM = "crc32c ";

    private final Disk disk;
    private Identity identity;

    /** Whether the last attempt to store failed: then either may be in the file. */
    private boolean inDoubt;

    private IdentityFile(Disk disk, Identity identity) {
        this.disk = disk;
        this.identity = identity;
    }

    /**
     * Opens the file, or makes the one of a new node.
     *
     * @param isNew whether the node holds nothing; then there may be no file yet
     * @throws StorageException if the file is damaged, or is missing and the node is not new
     * @throws IOException if the disk cannot be read or written
     */
    public static IdentityFile open(Disk disk, boolean isNew) throws IOException {
        Optional<byte[]> content = disk.read(NAME);
        if (content.isEmpty() && !isNew) {
            throw damaged(disk, "is missing, and there are entries beside it");
        }
        if (content.isEmpty()) {
            disk.replace(NAME, encode(Identity.NONE));
        }
        return new IdentityFile(
                disk, content.isEmpty() ? Identity.NONE : decode(new String(content.get(), UTF_8), disk));
    }

    @Override
    public synchronized Identity load() {
        return identity;
    }

    @Override
    public synchronized void store(Identity next) {
        if (next.equals(identity) && !inDoubt) {
            return;
        }
        try {
            inDoubt = true;
            disk.replace(NAME, encode(next));
            inDoubt = false;
            identity = next;
        } catch (IOException e) {
            throw StorageException.failed("Writing " + disk.locate(NAME) + " failed", e);
        }
    }

    @Override
    public synchronized void noteCommitted(Reign reign, long committed) {
        store(identity.knowing(reign, committed));
    }

    private static byte[] encode(Identity identity) {
        Map<String, String> members = new LinkedHashMap<>();
        identity.reign().ifPresent(reign -> {
            members.put("log-id", reign.logId().toString());
            members.put("epoch", Long.toString(reign.epoch()));
        });
        identity.primary().ifPresent(primary -> members.put("primary", primary.toString()));
        members.put("committed", Long.toString(identity.committed()));
        members.put("holding", identity.holding().name());
        String lines = HEADING + "\n"
                + members.entrySet().stream()
                        .map(member -> member.getKey() + " " + member.getValue() + "\n")
                        .collect(joining());
        return (lines + checksum(lines)).getBytes(UTF_8);
    }

    private static Identity decode(String text, Disk disk) {
        int end = text.lastIndexOf(CHECKSUM);
        if (end < 0 || !text.substring(end).equals(checksum(text.substring(0, end))) || !text.startsWith(HEADING)) {
            throw damaged(disk, "is damaged, or of another version");
        }
        Map<String, String> members = new LinkedHashMap<>();
        text.substring(HEADING.length(), end)
                .lines()
                .filter(line -> !line.isEmpty())
                .forEach(line -> {
                    int space = line.indexOf(' ');
                    members.put(line.substring(0, space), line.substring(space + 1));
                });
        return new Identity(
                Optional.ofNullable(members.get("log-id"))
                        .map(id -> new Reign(UUID.fromString(id), Long.parseLong(members.get("epoch")))),
                Optional.ofNullable(members.get("primary")).map(URI::create),
                Long.parseLong(members.get("committed")),
                Identity.Holding.valueOf(members.get("holding")));
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
