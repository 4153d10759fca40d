package io.replicatedlog.api;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Locale;

/**
 * A problem document (RFC 9457), and the response that carries it. Immutable.
 *
 * @param status of the response
 * @param appended what became of the messages of the request
 * @param members further members of the document
 */
record Problem(ProblemType type, int status, String detail, Appended appended, JsonObject members) {

    static final String MEDIA_TYPE = "application/problem+json";

    private static final int RETRY_AFTER_S = 1;

    /** What became of the messages of the request; {@code NO} and {@code YES} only where that is certain. */
    enum Appended {
        NO,
        YES,
        UNKNOWN
    }

    /** A problem with the status of its type; nothing was appended, unless the type says that this is unknown. */
    static Problem of(ProblemType type, String detail) {
        return new Problem(type, type.status(), detail, type.appended(), JsonObject.EMPTY_JSON_OBJECT);
    }

    static Response response(ProblemType type, String detail) {
        return of(type, detail).response();
    }

    Problem withStatus(int newStatus) {
        return new Problem(type, newStatus, detail, appended, members);
    }

    Problem withAppended(Appended newAppended) {
        return new Problem(type, status, detail, newAppended, members);
    }

    Problem with(String name, long value) {
        return withMembers(Json.createObjectBuilder(members).add(name, value).build());
    }

    /** With all of these members as well. */
    Problem with(JsonObject more) {
        return withMembers(Json.createObjectBuilder(members)
                .addAll(Json.createObjectBuilder(more))
                .build());
    }

    private Problem withMembers(JsonObject newMembers) {
        return new Problem(type, status, detail, appended, newMembers);
    }

    Response response() {
        Response.ResponseBuilder response =
                Response.status(status).type(MEDIA_TYPE).entity(document());
        if (status == 401) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        // A client that retries an append with an unknown outcome may store it twice: no invitation to do so.
        if ((status == 429 || status == 503) && appended != Appended.UNKNOWN) {
            response.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_S);
        }
        return response.build();
    }

    /** The document as JSON text, for callers outside of JAX-RS. */
    String document() {
        return Json.createObjectBuilder()
                .add("type", type.uri())
                .add("title", type.title())
                .add("status", status)
                .add("detail", detail)
                .add("appended", appended.name().toLowerCase(Locale.ROOT))
                .addAll(Json.createObjectBuilder(members))
                .build()
                .toString();
    }
}
