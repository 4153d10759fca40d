package io.replicatedlog.cluster;

/** A configured value is wrong. The message is one line that names the property, the value and what is allowed. */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigurationException(String property, String value, String allowed) {
        super(property + " is \"" + value.replaceAll("\\R", " ") + "\"; allowed: " + allowed);
    }
}
