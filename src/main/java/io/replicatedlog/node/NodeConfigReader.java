package io.replicatedlog.node;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Reads and checks the configuration. Every wrong value is a {@link ConfigurationException}; nothing is corrected
 * silently. Names and defaults are described in {@code docs/configuration.md}.
 */
public final class NodeConfigReader {

    private static final int MIB = 1024 * 1024;

    /** The REST client of the runtime sends no body above 50 MB, and an entry must fit in a call. */
    private static final int MAX_CALL_BYTES = 32 * MIB;

    /** Every batch carries the primary's URL. */
    private static final int MAX_URL_LENGTH = 2_000;

    /** Instead of a port. */
    private static final String NOT_LISTENING = "-1";

    private final Function<String, Optional<String>> source;
    private final long heapBytes;
    private final Predicate<String> runtime;

    /**
     * @param source the value of a property, without default: none where it is not set; one without characters counts as
     *     not set too, except for the secret, which somebody meant to be there
     * @param heapBytes how large this node's heap may become; a log in memory has to fit in
     * @param runtime whether the server has a type with this name for applications
     */
    public NodeConfigReader(Function<String, Optional<String>> source, long heapBytes, Predicate<String> runtime) {
        this.source = source;
        this.heapBytes = heapBytes;
        this.runtime = runtime;
    }

    public NodeConfig read() {
        NodeConfig.Access access = access();
        checkTelemetry();
        URI url = url(access.tls());
        Optional<List<URI>> nodes = nodes(url, access.tls());
        boolean beginsTheLog = nodes.map(list -> list.get(0).equals(url)).orElseGet(() -> role() == Role.PRIMARY);
        List<URI> members = nodes.orElseGet(() -> beginsTheLog ? withSecondaries(url, access.tls()) : List.of());
        // A node that is told the members later cannot say yet whether there are as many as is asked for.
        int most = members.isEmpty() ? Integer.MAX_VALUE : members.size();
        StorageConfig storage = storage();
        int electionTimeoutMs = number("replicatedlog.election-timeout-ms", 1_500, 50, 600_000);
        return new NodeConfig(
                url,
                members,
                beginsTheLog,
                failover(storage),
                electionTimeoutMs,
                quorum(most),
                writeConcern(most),
                number("REQUEST_TIMEOUT_MILLISECONDS", 2_000, 10, 600_000),
                number("HEALTHCHECK_PERIOD_MILLISECOND", 500, 10, 600_000),
                storage,
                recoveryAnswers(most),
                access,
                testingApi(),
                bounds(electionTimeoutMs));
    }

    /** The members, where all nodes are configured alike. */
    private Optional<List<URI>> nodes(URI self, boolean tls) {
        String property = "replicatedlog.nodes";
        Optional<String> value = value(property).map(String::strip).filter(text -> !text.isEmpty());
        for (String other : List.of("APP_MODE", "SECONDARY_URLS")) {
            if (value.isPresent() && value(other).isPresent()) {
                throw new ConfigurationException(
                        other, value(other).get(), "nothing, as " + property + " is set: one of the two forms");
            }
        }
        return value.map(text -> {
            List<URI> urls = urls(property, text, tls);
            if (!urls.contains(self)) {
                throw new ConfigurationException(
                        property,
                        text,
                        "a list with this node's own URL in it, which is " + self
                                + "; replicatedlog.advertised-url says another");
            }
            return urls;
        });
    }

    private List<URI> withSecondaries(URI self, boolean tls) {
        String property = "SECONDARY_URLS";
        String value = value(property).orElse("");
        List<URI> members = new ArrayList<>();
        members.add(self);
        for (URI secondary : urls(property, value, tls)) {
            if (place(secondary).equals(place(self))) {
                throw new ConfigurationException(property, value, "each node once, and not this one, which is " + self);
            }
            members.add(secondary);
        }
        return List.copyOf(members);
    }

    private NodeConfig.Failover failover(StorageConfig storage) {
        String property = "replicatedlog.failover";
        Optional<String> value = value(property).map(String::strip);
        if (storage.directory().isEmpty()) {
            value.ifPresent(text -> {
                throw new ConfigurationException(
                        property,
                        text,
                        "nothing with replicatedlog.storage=memory: such nodes forget what they promise, and the node that"
                                + " begins the log leads it");
            });
            return NodeConfig.Failover.NONE;
        }
        return switch (value.orElse("automatic")) {
            case "automatic" -> NodeConfig.Failover.AUTOMATIC;
            case "manual" -> NodeConfig.Failover.MANUAL;
            default -> throw new ConfigurationException(property, value.get(), "automatic or manual");
        };
    }

    private NodeConfig.Bounds bounds(int electionTimeoutMs) {
        int maxMessageBytes = number("replicatedlog.max-message-bytes", MIB, 1, MAX_CALL_BYTES);
        // A character of a message takes up to six bytes in JSON ("\u0000"); a record has a header and a key.
        long slack = 128 * 1024L;
        int maxRequestBytes = number(
                "replicatedlog.max-request-bytes",
                (int) Math.min(6L * maxMessageBytes + slack, Integer.MAX_VALUE - slack),
                (int) Math.min(maxMessageBytes + slack, Integer.MAX_VALUE - slack),
                (int) (Integer.MAX_VALUE - slack));
        int backoffBaseMs = number("replicatedlog.backoff-base-ms", 50, 1, 60_000);
        return new NodeConfig.Bounds(
                maxMessageBytes,
                maxRequestBytes,
                number("replicatedlog.max-waiting-appends", 20_000, 1, 10_000_000),
                number("replicatedlog.max-forwarded", 2_000, 1, 1_000_000),
                number("replicatedlog.max-wait-ms", 3_600_000, 1, Integer.MAX_VALUE),
                number("replicatedlog.max-batch-entries", 10_000, 1, 1_000_000),
                number(
                        "replicatedlog.max-batch-bytes",
                        Math.min(MIB, maxRequestBytes - 4096),
                        1,
                        Math.min(MAX_CALL_BYTES, maxRequestBytes - 4096)),
                number("replicatedlog.max-held-back-entries", 10_000, 0, 1_000_000),
                number("replicatedlog.max-held-back-bytes", 16 * MIB, 0, 1024 * MIB),
                backoffBaseMs,
                number("replicatedlog.backoff-cap-ms", Math.max(2_000, backoffBaseMs), backoffBaseMs, 600_000),
                number("replicatedlog.idle-probe-ms", Math.max(10, electionTimeoutMs / 4), 10, electionTimeoutMs),
                number("replicatedlog.idempotency-entries", 100_000, 1, 10_000_000),
                number("replicatedlog.idempotency-ms", 86_400_000, 1, Integer.MAX_VALUE),
                number("replicatedlog.max-readers", 10_000, 1, 1_000_000),
                number("replicatedlog.max-read-wait-ms", 60_000, 1, 3_600_000),
                number("replicatedlog.max-subscribers", 100, 1, 10_000),
                number("HTTP_MAX_CONNECTIONS", 25_000, 1, 1_280_000));
    }

    private Optional<String> value(String property) {
        return source.apply(property).filter(value -> !value.isEmpty());
    }

    private Role role() {
        String value = value("APP_MODE").orElse("PRIMARY");
        try {
            return Role.valueOf(value.strip().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("APP_MODE", value, "PRIMARY or SECONDARY");
        }
    }

    private static List<URI> urls(String property, String value, boolean tls) {
        List<URI> urls = new ArrayList<>();
        for (String part : Arrays.stream(value.split(","))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList()) {
            URI url = url(property, part, tls);
            if (urls.stream().anyMatch(other -> place(other).equals(place(url)))) {
                throw new ConfigurationException(property, value, "each node once");
            }
            urls.add(url);
        }
        return List.copyOf(urls);
    }

    /** Two URLs with the same host and port are the same node. */
    private static String place(URI url) {
        int defaultPort = "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
        return url.getHost().toLowerCase(Locale.ROOT) + ":" + (url.getPort() < 0 ? defaultPort : url.getPort());
    }

    private URI url(boolean tls) {
        String plain = value("HTTP_PORT").orElse("8080").strip();
        if (!(tls && plain.equals(NOT_LISTENING))) {
            number("HTTP_PORT", plain, (tls ? "-1, or " : "") + "a whole number", 1, 65_535);
        }
        String scheme = tls ? "https" : "http";
        String port = tls ? String.valueOf(number("HTTPS_PORT", 8443, 1, 65_535)) : plain;
        Optional<String> configured = value("replicatedlog.advertised-url");
        return configured
                .map(value -> url("replicatedlog.advertised-url", value.strip(), tls))
                .orElseGet(() -> URI.create(scheme + "://" + hostName() + ":" + port));
    }

    /** This machine's name where a URL can have it (not with an underscore), else its address. */
    private static String hostName() {
        try {
            InetAddress host = InetAddress.getLocalHost();
            String name = host.getHostName();
            return name.matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?") ? name : host.getHostAddress();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** @param tls whether calls in clear would leave a door open that is meant to be closed */
    private static URI url(String property, String value, boolean tls) {
        String allowed = (tls ? "https:// (as TLS is on)" : "http:// or https://")
                + ", a host (letters, digits, - and .), optionally a port, and nothing after it";
        try {
            URI url = new URI(value.endsWith("/") ? value.substring(0, value.length() - 1) : value);
            boolean http =
                    !tls && "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            boolean bare = url.getRawQuery() == null
                    && url.getRawFragment() == null
                    && url.getRawUserInfo() == null
                    && (url.getRawPath() == null || url.getRawPath().isEmpty());
            if (!http
                    || url.getHost() == null
                    || !bare
                    || url.getPort() == 0
                    || url.getPort() > 65_535
                    || value.length() > MAX_URL_LENGTH) {
                throw new ConfigurationException(property, value, allowed);
            }
            return url;
        } catch (URISyntaxException e) {
            throw new ConfigurationException(property, value, allowed);
        }
    }

    private OptionalInt quorum(int most) {
        String property = "replicatedlog.quorum";
        String value = value(property).orElse("majority").strip();
        if (value.equals("majority")) {
            return OptionalInt.empty();
        }
        return OptionalInt.of((int) number(property, value, "\"majority\" or a number of nodes", 1, most));
    }

    private String writeConcern(int most) {
        String property = "replicatedlog.default-write-concern";
        String value = value(property).orElse("majority").strip();
        return value.equals("majority") || value.equals("all")
                ? value
                : String.valueOf(number(property, value, "\"majority\", \"all\" or a number of nodes", 1, most));
    }

    private StorageConfig storage() {
        String property = "replicatedlog.storage";
        String value = value(property).orElse("file").strip();
        if (!value.equals("file") && !value.equals("memory")) {
            throw new ConfigurationException(property, value, "file or memory");
        }
        return new StorageConfig(
                value.equals("file") ? Optional.of(dataDirectory()) : Optional.empty(),
                number("replicatedlog.max-log-bytes", heapBytes / 2, 1, heapBytes / 4 * 3),
                number("replicatedlog.segment-bytes", 128 * MIB, 4096, 1024 * MIB),
                number("replicatedlog.disk-reserve-bytes", 4L * MIB, 0, Long.MAX_VALUE / 4),
                number("replicatedlog.disk-timeout-ms", 5_000, 100, 600_000));
    }

    private Path dataDirectory() {
        String property = "replicatedlog.data-directory";
        String value = value(property).orElse("data").strip();
        try {
            if (!value.isEmpty()) {
                return Path.of(value).toAbsolutePath().normalize();
            }
        } catch (InvalidPathException e) {
            // The same answer as for none.
        }
        throw new ConfigurationException(property, value, "the path of a directory");
    }

    private OptionalInt recoveryAnswers(int nodes) {
        String property = "replicatedlog.recovery-answers";
        return value(property)
                .map(value -> OptionalInt.of((int) number(property, value.strip(), "a whole number", 0, nodes - 1L)))
                .orElse(OptionalInt.empty());
    }

    private NodeConfig.Access access() {
        Optional<ClusterSecret> secret = clusterSecret();
        boolean clients = clientAuthentication();
        if (clients && secret.isEmpty()) {
            throw new ConfigurationException(
                    "CLIENT_AUTHENTICATION", "jwt", "off, or jwt together with replicatedlog.cluster-secret");
        }
        return new NodeConfig.Access(tls(), clients, secret);
    }

    private boolean tls() {
        // Client authentication has that type with it; the variable is of the part that opens the port.
        boolean isOn = value("replicatedlog.tls").isPresent() && runtime.test("com.ibm.websphere.ssl.JSSEHelper");
        return asWanted("TLS", "on", isOn);
    }

    private void checkTelemetry() {
        asWanted("TELEMETRY", "on", value("replicatedlog.telemetry").isPresent());
    }

    private boolean clientAuthentication() {
        return asWanted("CLIENT_AUTHENTICATION", "jwt", runtime.test("org.eclipse.microprofile.jwt.JsonWebToken"));
    }

    /**
     * Checks that a part of the server's configuration is in force if, and only if, a variable of the environment includes it.
     * A door that was meant to be closed must not stay open, nor a trace be missing, because a name is spelled wrongly, or
     * because the server still uses the configuration that it has cached.
     *
     * @return whether it is in force
     */
    private boolean asWanted(String variable, String on, boolean isOn) {
        String wanted = value(variable).orElse("off").strip();
        if (!(wanted.equals("off") && !isOn || wanted.equals(on) && isOn)) {
            throw new ConfigurationException(
                    variable,
                    wanted,
                    "off or " + on + ", in the environment; after a change the server starts with --clean");
        }
        return isOn;
    }

    private Optional<ClusterSecret> clusterSecret() {
        String property = "replicatedlog.cluster-secret";
        try {
            return source.apply(property).map(ClusterSecret::parse);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(property, ClusterSecret.ALLOWED);
        }
    }

    private boolean testingApi() {
        String property = "replicatedlog.testing-api.enabled";
        String value = value(property).orElse("false").strip();
        if (!value.equals("true") && !value.equals("false")) {
            throw new ConfigurationException(property, value, "true or false");
        }
        return value.equals("true");
    }

    private int number(String property, int defaultValue, int min, int max) {
        return (int) number(property, (long) defaultValue, min, max);
    }

    private long number(String property, long defaultValue, long min, long max) {
        return value(property)
                .map(value -> number(property, value.strip(), "a whole number", min, max))
                .orElse(defaultValue);
    }

    private static long number(String property, String value, String what, long min, long max) {
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The same answer as for a number out of range.
        }
        throw new ConfigurationException(property, value, what + " from " + min + " to " + max);
    }
}
