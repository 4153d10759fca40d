package io.replicatedlog.api;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Problem documents for requests that the platform refuses. As a servlet it is the error page of the whole web application
 * ({@code web.xml}), for paths outside of {@code /api}, too.
 */
public class PlatformProblem extends HttpServlet {
    private static final long serialVersionUID = 1L;

    static Problem of(int status) {
        return Problem.of(type(status), detail(status)).withStatus(status);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        int status = code instanceof Integer known ? known : 404;
        response.setStatus(status);
        response.setContentType(Problem.MEDIA_TYPE);
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(of(status).document());
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
            case 401 -> "Send a valid token: Authorization: Bearer …";
            case 403 -> "The token's groups do not permit this; use a token with the required role";
            case 404 -> "No such path; /openapi/ui lists all of them";
            case 405 -> "Use one of the methods that the Allow header lists";
            case 415 ->
                "Send the body as Content-Type: application/json (with curl: --json), or application/x-ndjson for lines";
            default -> status < 500 ? "/openapi/ui describes every valid request" : "The cause is in the node's log";
        };
    }
}
