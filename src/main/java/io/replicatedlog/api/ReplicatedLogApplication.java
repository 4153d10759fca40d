package io.replicatedlog.api;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import jakarta.ws.rs.core.HttpHeaders;
import org.eclipse.microprofile.auth.LoginConfig;
import org.eclipse.microprofile.openapi.annotations.Components;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.enums.SecuritySchemeType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.security.SecurityScheme;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The JAX-RS application; every resource and provider in the WAR belongs to it. */
@ApplicationPath("/api")
@LoginConfig(authMethod = "MP-JWT")
@OpenAPIDefinition(
        info =
                @Info(
                        title = "Replicated Log",
                        version = "1",
                        description = "One primary, any number of secondaries, the same ordered list on every node."),
        tags = {
            @Tag(name = "Log", description = "Append and read"),
            @Tag(name = "Cluster", description = "Who is there, and how well"),
            @Tag(name = "Node to node", description = "What the primary calls on its secondaries")
        },
        security = @SecurityRequirement(name = "token"),
        components =
                @Components(
                        securitySchemes =
                                @SecurityScheme(
                                        securitySchemeName = "token",
                                        type = SecuritySchemeType.HTTP,
                                        scheme = "bearer",
                                        bearerFormat = "JWT",
                                        description =
                                                "Asked for where CLIENT_AUTHENTICATION=jwt, with one of the groups log-reader,"
                                                        + " log-writer and log-admin; calls from node to node carry the"
                                                        + " cluster secret instead"),
                        schemas =
                                @Schema(
                                        name = "level",
                                        type = SchemaType.STRING,
                                        enumeration = {"local", "committed"},
                                        defaultValue = "local"),
                        headers = {
                            @Header(
                                    name = "end",
                                    description = "The end offset, as If-Match of an append takes it",
                                    schema = @Schema(type = SchemaType.STRING, examples = "\"42\"")),
                            @Header(
                                    name = "appended",
                                    description = "Where to ask how many nodes hold the entry, the last one of several",
                                    schema = @Schema(type = SchemaType.STRING, examples = "/api/v1/entries/17"))
                        },
                        responses =
                                @APIResponse(
                                        name = "problem",
                                        description =
                                                "Refused, as a problem document (RFC 9457): switch on type; detail"
                                                        + " says what to do; appended says whether anything was stored",
                                        headers =
                                                @Header(
                                                        name = HttpHeaders.RETRY_AFTER,
                                                        description =
                                                                "With 429 and 503, unless the outcome is unknown: seconds",
                                                        schema = @Schema(type = SchemaType.INTEGER, examples = "1")),
                                        content =
                                                @Content(
                                                        mediaType = Problem.MEDIA_TYPE,
                                                        examples = {
                                                            @ExampleObject(
                                                                    name = "end moved",
                                                                    value =
                                                                            "{\"type\":\"urn:replicated-log:problem:end-moved\","
                                                                                    + "\"title\":\"The log does not end where it was expected to\","
                                                                                    + "\"status\":412,"
                                                                                    + "\"detail\":\"The log ends at 43, not at 42\","
                                                                                    + "\"appended\":\"no\",\"end\":43}"),
                                                            @ExampleObject(
                                                                    name = "write concern",
                                                                    value =
                                                                            "{\"type\":\"urn:replicated-log:problem:invalid-write-concern\","
                                                                                    + "\"title\":\"The write concern w is not possible\","
                                                                                    + "\"status\":400,"
                                                                                    + "\"detail\":\"\\\"w\\\" must be a whole number from 1 to 3 (the"
                                                                                    + " configured nodes), \\\"majority\\\" or \\\"all\\\"\","
                                                                                    + "\"appended\":\"no\"}")
                                                        }))))
public class ReplicatedLogApplication extends Application {}
