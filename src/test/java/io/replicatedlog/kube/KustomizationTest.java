package io.replicatedlog.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeConfigReader;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each overlay renders, has no field that Kubernetes does not know, and says what the application understands. */
class KustomizationTest {

    private static final Path OVERLAYS = Path.of("kube", "overlays");
    private static final Path MONITORED = Path.of("src", "test", "kube", "monitored");
    private static final String NAME = "app.kubernetes.io/name";
    private static final int PORT = 8080;

    private final KubernetesSerialization kubernetes = new KubernetesSerialization();

    private static List<Path> overlays() throws IOException {
        try (Stream<Path> folders = Files.list(OVERLAYS)) {
            return Stream.concat(folders.sorted(), Stream.of(MONITORED)).toList();
        }
    }

    @Test
    void shouldHaveASmallOverlayAndOneWithFiveNodes() throws IOException {
        assertThat(overlays()).contains(OVERLAYS.resolve("local"), OVERLAYS.resolve("five-nodes"));
    }

    @Test
    void shouldLetPrometheusAskEachNodeOnce() throws Exception {
        List<HasMetadata> objects = render(MONITORED);
        ServiceMonitor monitor = named(objects, ServiceMonitor.class, "replicated-log");

        assertThat(monitor.getSpec().getEndpoints()).singleElement().satisfies(endpoint -> {
            assertThat(endpoint.getPath()).isEqualTo("/metrics");
            assertThat(endpoint.getPort()).isEqualTo("http");
        });
        assertThat(monitor.getSpec().getJobLabel()).isEqualTo("app.kubernetes.io/name");
        assertThat(all(objects, Service.class))
                .filteredOn(service -> service.getMetadata()
                        .getLabels()
                        .entrySet()
                        .containsAll(
                                monitor.getSpec().getSelector().getMatchLabels().entrySet()))
                .extracting(service -> service.getMetadata().getName())
                .containsExactly("replicated-log-nodes");
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void shouldHaveNoFieldThatKubernetesDoesNotKnow(Path overlay) throws Exception {
        for (HasMetadata object : render(overlay)) {
            assertThat(unknownFields(object))
                    .as("%s %s", object.getKind(), object.getMetadata().getName())
                    .isEmpty();
        }
    }

    @Test
    void shouldNoticeAFieldThatKubernetesDoesNotKnow() throws Exception {
        List<HasMetadata> objects = read("""
                apiVersion: v1
                kind: Service
                metadata: {name: x}
                spec:
                  ports: [{port: 8080, targetPrt: http}]
                """);

        assertThat(unknownFields(objects.get(0))).containsExactly("targetPrt");
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void shouldConfigureNodesAsTheApplicationUnderstands(Path overlay) throws Exception {
        List<HasMetadata> objects = render(overlay);
        StatefulSet set = named(objects, StatefulSet.class, "replicated-log");
        List<NodeConfig> nodes = IntStream.range(0, set.getSpec().getReplicas())
                .mapToObj(i -> config(objects, set, i))
                .toList();

        assertThat(nodes).extracting(NodeConfig::beginsTheLog).containsOnlyOnce(true);
        List<URI> urls = nodes.stream().map(NodeConfig::url).toList();
        assertThat(nodes).allSatisfy(node -> assertThat(node.members()).isEqualTo(urls));
        assertThat(urls.get(0)).hasHost("replicated-log-0.replicated-log-nodes").hasPort(PORT);
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void shouldKeepAMajorityWhileNodesAreUpdatedOrDrained(Path overlay) throws Exception {
        List<HasMetadata> objects = render(overlay);
        StatefulSet set = named(objects, StatefulSet.class, "replicated-log");

        assertThat(set.getSpec().getReplicas()).isOdd().isGreaterThan(1);
        assertThat(set.getSpec().getPodManagementPolicy())
                .as("no node waits for another before it starts")
                .isEqualTo("Parallel");
        assertThat(set.getSpec().getUpdateStrategy()).as("one by one").isNull();
        assertThat(named(objects, PodDisruptionBudget.class, "replicated-log")
                        .getSpec()
                        .getMaxUnavailable()
                        .getIntVal())
                .as("all nodes but one stay")
                .isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void shouldSelectTheNodesAndNothingElse(Path overlay) throws Exception {
        List<HasMetadata> objects = render(overlay);
        StatefulSet set = named(objects, StatefulSet.class, "replicated-log");
        Map<String, String> node = set.getSpec().getTemplate().getMetadata().getLabels();
        Service clients = named(objects, Service.class, "replicated-log");
        Service names = named(objects, Service.class, set.getSpec().getServiceName());

        assertSelects(set.getSpec().getSelector().getMatchLabels(), node);
        assertSelects(clients.getSpec().getSelector(), node);
        assertThat(clients.getSpec().getPublishNotReadyAddresses()).isNull();
        assertSelects(names.getSpec().getSelector(), node);
        assertThat(names.getSpec().getClusterIP()).isEqualTo("None");
        assertThat(names.getSpec().getPublishNotReadyAddresses()).isTrue();
        assertThat(named(objects, NetworkPolicy.class, "replicated-log")
                        .getSpec()
                        .getPodSelector()
                        .getMatchLabels())
                .containsExactly(Map.entry(NAME, "replicated-log"));
        assertThat(named(objects, PodDisruptionBudget.class, "replicated-log")
                        .getSpec()
                        .getSelector()
                        .getMatchLabels())
                .containsExactly(Map.entry(NAME, "replicated-log"));
        all(objects, Service.class)
                .forEach(service -> assertThat(service.getSpec().getPorts()).allSatisfy(port -> {
                    assertThat(port.getPort()).isEqualTo(PORT);
                    assertThat(port.getTargetPort().getStrVal()).isEqualTo("http");
                }));
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void shouldProbeWhatTheApplicationAnswersAndLetANodeDoNothingElse(Path overlay) throws Exception {
        for (StatefulSet set : all(render(overlay), StatefulSet.class)) {
            PodSpec pod = set.getSpec().getTemplate().getSpec();
            Container node = pod.getContainers().get(0);
            assertProbe(node.getStartupProbe(), "/health/started");
            assertProbe(node.getLivenessProbe(), "/health/live");
            assertProbe(node.getReadinessProbe(), "/health/ready");
            assertThat(node.getPorts()).singleElement().satisfies(port -> {
                assertThat(port.getName()).isEqualTo("http");
                assertThat(port.getContainerPort()).isEqualTo(PORT);
            });
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            SecurityContext allowed = node.getSecurityContext();
            assertThat(allowed.getReadOnlyRootFilesystem()).isTrue();
            assertThat(allowed.getAllowPrivilegeEscalation()).isFalse();
            assertThat(allowed.getCapabilities().getDrop()).containsExactly("ALL");
            assertThat(node.getResources().getLimits()).containsKey("memory");
            assertThat(node.getVolumeMounts())
                    .extracting(mount -> mount.getMountPath())
                    .contains("/data", "/run/secrets/replicated-log", "/logs", "/tmp");
            assertThat(set.getSpec().getVolumeClaimTemplates())
                    .extracting(claim -> claim.getMetadata().getName())
                    .containsExactly("data");
        }
    }

    private static void assertProbe(Probe probe, String path) {
        assertThat(probe.getHttpGet().getPath()).isEqualTo(path);
        assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("http");
    }

    private static void assertSelects(Map<String, String> selector, Map<String, String> labels) {
        assertThat(selector).containsKey(NAME);
        assertThat(labels).containsAllEntriesOf(selector);
    }

    /** What the node of a set with this ordinal makes of its environment. */
    private static NodeConfig config(List<HasMetadata> objects, StatefulSet set, int ordinal) {
        Container node = set.getSpec().getTemplate().getSpec().getContainers().get(0);
        Map<String, String> environment = new HashMap<>();
        node.getEnvFrom()
                .forEach(from -> environment.putAll(
                        named(objects, ConfigMap.class, from.getConfigMapRef().getName())
                                .getData()));
        for (EnvVar variable : node.getEnv()) {
            String pod = set.getMetadata().getName() + "-" + ordinal;
            environment.put(
                    variable.getName(),
                    variable.getValueFrom() == null ? variable.getValue().replace("$(POD_NAME)", pod) : pod);
        }
        return new NodeConfigReader(
                        property -> Optional.ofNullable(environment.get(property))
                                .or(() -> Optional.ofNullable(environment.get(
                                        property.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_")))),
                        1 << 30,
                        type -> false)
                .read();
    }

    private static <T extends HasMetadata> List<T> all(List<HasMetadata> objects, Class<T> kind) {
        return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static <T extends HasMetadata> T named(List<HasMetadata> objects, Class<T> kind, String name) {
        return all(objects, kind).stream()
                .filter(object -> object.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind.getSimpleName() + " " + name));
    }

    private static List<String> unknownFields(HasMetadata object) {
        List<String> unknown = new ArrayList<>();
        collect(object, unknown);
        return unknown;
    }

    /** Every model has {@code getAdditionalProperties}, for what it does not know. */
    private static void collect(Object model, List<String> unknown) {
        if (model instanceof Iterable<?> several) {
            several.forEach(each -> collect(each, unknown));
        } else if (model instanceof Map<?, ?> several) {
            several.values().forEach(each -> collect(each, unknown));
        } else if (model != null && model.getClass().getName().startsWith("io.fabric8.")) {
            for (Method getter : model.getClass().getMethods()) {
                if (getter.getParameterCount() == 0
                        && getter.getName().startsWith("get")
                        && !getter.getName().equals("getClass")) {
                    try {
                        Object value = getter.invoke(model);
                        if (getter.getName().equals("getAdditionalProperties")) {
                            ((Map<?, ?>) value).keySet().forEach(field -> unknown.add((String) field));
                        } else {
                            collect(value, unknown);
                        }
                    } catch (ReflectiveOperationException e) {
                        throw new AssertionError(e);
                    }
                }
            }
        }
    }

    private List<HasMetadata> render(Path overlay) throws IOException, InterruptedException {
        Process kubectl;
        try {
            kubectl = new ProcessBuilder("kubectl", "kustomize", overlay.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            assumeThat(false).as("kubectl is installed").isTrue();
            throw e;
        }
        String yaml = new String(kubectl.getInputStream().readAllBytes(), UTF_8);
        assertThat(kubectl.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(kubectl.exitValue()).isZero();
        return read(yaml);
    }

    private List<HasMetadata> read(String yaml) {
        List<HasMetadata> objects = new ArrayList<>();
        for (String document : yaml.split("(?m)^---$")) {
            objects.add(kubernetes.unmarshal(document));
        }
        assertThat(objects).isNotEmpty();
        return objects;
    }
}
