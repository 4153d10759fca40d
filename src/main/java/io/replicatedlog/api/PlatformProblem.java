package io.replicatedlog.api;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.core.Response;
import java.io.IOException;

/**
 * Problem documents for what never reaches a resource of ours. As a servlet it is the error page of the whole web
 * application ({@code web.xml}), for paths outside of {@code /api} too.
 */
public class PlatformProblem extends HttpServlet {
    private static final long serialVersionUID = 1L;

    static Response response(int status) {
        return Problem.response(type(status), status, detail(status), JsonObject.EMPTY_JSON_OBJECT);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        int status = code instanceof Integer known ? known : 404;
        response.setStatus(status);
        response.setContentType(Problem.MEDIA_TYPE);
        response.setCharacterEncoding("UTF-8");
        response.getWriter()
                .write(Problem.document(
                        type(status),
                        status,
                        detail(status),
                        Json.createObjectBuilder().build()));
    }

    private static ProblemType type(int status) {
        return switch (status) {
            case 400 -> ProblemType.BAD_REQUEST;
            case 401 -> ProblemType.UNAUTHORIZED;
            case 403 -> ProblemType.FORBIDDEN;
            case 404 -> ProblemType.NOT_FOUND;
            case 405 -> ProblemType.METHOD_NOT_ALLOWED;
            case 413 -> ProblemType.TOO_LARGE;
            case 415 -> ProblemType.UNSUPPORTED_MEDIA_TYPE;
            case 500 -> ProblemType.INTERNAL;
            default -> ProblemType.OTHER;
        };
    }

    private static String detail(int status) {
        return switch (status) {
            case 401 -> "Send a token that is valid: Authorization: Bearer …";
            case 403 -> "The groups of the token do not allow this; ask for one with the role that it needs";
            case 404 -> "There is no such path; /openapi/ui shows those that there are";
            case 405 -> "The path is right, the method is not; the Allow header names those that are";
            case 415 ->
                "Send the body as Content-Type: application/json (with curl: --json), or application/x-ndjson for lines";
            default -> "The request could not be carried out; /openapi/ui shows what can be sent";
        };
    }
}
