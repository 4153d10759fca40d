package io.replicatedlog.node;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/** Makes the node's configuration from MicroProfile Config, once. */
@ApplicationScoped
public class NodeConfigProducer {

    @Inject
    private Config config;

    /** @throws ConfigurationException if a value is wrong */
    @Produces
    @Singleton
    public NodeConfig nodeConfig() {
        return new NodeConfigReader(
                        property ->
                                config.getOptionalValue(property, String.class).or(() -> blank(property)),
                        Runtime.getRuntime().maxMemory(),
                        NodeConfigProducer::isThere)
                .read();
    }

    /** What is set to nothing; the platform takes it for not set. */
    private Optional<String> blank(String property) {
        return Optional.ofNullable(config.getConfigValue(property).getRawValue())
                .map(value -> "");
    }

    private static boolean isThere(String type) {
        try {
            Class.forName(type, false, NodeConfigProducer.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
