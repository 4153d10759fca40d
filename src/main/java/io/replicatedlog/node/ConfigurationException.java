package io.replicatedlog.node;

import io.replicatedlog.log.LogException;

/** A configured value is wrong. The message is one line that names the property, the value and what is allowed. */
public final class ConfigurationException extends LogException {
    private static final long serialVersionUID = 1L;

    /** For a value that is not to be shown. */
    public ConfigurationException(String property, String allowed) {
        super(property + " is wrong (its value is not shown); allowed: " + allowed);
    }

    public ConfigurationException(String property, String value, String allowed) {
        super(property + " is \"" + value.replaceAll("\\R", " ") + "\"; allowed: " + allowed);
    }
}
