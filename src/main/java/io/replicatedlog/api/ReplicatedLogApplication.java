package io.replicatedlog.api;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import org.eclipse.microprofile.auth.LoginConfig;

/** The JAX-RS application; every resource and provider in the WAR belongs to it. */
@ApplicationPath("/api")
@LoginConfig(authMethod = "MP-JWT")
public class ReplicatedLogApplication extends Application {}
