package io.replicatedlog.api;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

/** Makes problem documents (RFC 9457). */
final class Problem {

    static final String MEDIA_TYPE = "application/problem+json";

    /** What a client should wait before it asks again, in seconds. */
    private static final int RETRY_AFTER_S = 1;

    private Problem() {}

    static Response response(ProblemType type, String detail) {
        return response(type, type.status(), detail, Json.createObjectBuilder().build());
    }

    static Response response(ProblemType type, int status, String detail, JsonObject more) {
        Response.ResponseBuilder response =
                Response.status(status).type(MEDIA_TYPE).entity(document(type, status, detail, more));
        if (status == 401) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        // Whoever sends again what may be in the log already may get it there twice.
        if ((status == 429 || status == 503) && type != ProblemType.OUTCOME_UNKNOWN) {
            response.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_S);
        }
        return response.build();
    }

    /** The document as text, for where there is no JAX-RS response to make. */
    static String document(ProblemType type, int status, String detail, JsonObject more) {
        boolean unknown = type == ProblemType.OUTCOME_UNKNOWN || type == ProblemType.INTERNAL;
        return Json.createObjectBuilder()
                .add("type", type.uri())
                .add("title", type.title())
                .add("status", status)
                .add("detail", detail)
                .add("appended", unknown ? "unknown" : "no")
                .addAll(Json.createObjectBuilder(more))
                .build()
                .toString();
    }
}
