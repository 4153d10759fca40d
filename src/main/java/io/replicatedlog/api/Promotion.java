package io.replicatedlog.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.leadership.LeadershipBean;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.storage.IdentityStore;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.StringReader;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Lets a node lead because an operator says so: the primary hands over to it. Without a primary that is heard, the node itself
 * stands at once.
 */
@ApplicationScoped
class Promotion {

    private static final String PATH = "/api/v1/cluster/primary";

    @Inject
    private NodeConfig config;

    @Inject
    private IdentityStore identity;

    @Inject
    private LeadershipBean leadership;

    @Inject
    private Forwarding forwarding;

    /** @param body {@code {"node":URL}} */
    CompletionStage<Response> promote(HttpHeaders headers, byte[] body) {
        Member named = new Member(named(body));
        if (!members().contains(named)) {
            return answer(Problem.response(ProblemType.NOT_FOUND, named + " is not among the members: " + members()));
        }
        Optional<Member> primary = leadership.primary();
        Member self = new Member(config.url());
        if (primary.equals(Optional.of(named))) {
            return answer(leads(named));
        }
        if (primary.equals(Optional.of(self))) {
            return handOver(named);
        }
        if (primary.isEmpty() && named.equals(self)) {
            return stand(self);
        }
        if (headers.getHeaderString(Forwarding.FORWARDED) != null) {
            return answer(
                    Problem.response(ProblemType.PRIMARY_UNKNOWN, "No primary is known now; try again in a moment"));
        }
        return forwarding.forward(primary.orElse(named).url(), PATH, passedOn(headers), body);
    }

    private static URI named(byte[] body) {
        try (JsonReader reader = Json.createReader(new StringReader(new String(body, UTF_8)))) {
            if (reader.readObject().get("node") instanceof JsonString url) {
                return URI.create(url.getString());
            }
        } catch (JsonException | IllegalArgumentException | IllegalStateException e) {
            // The same answer as for a body without it.
        }
        throw new BadRequestProblem(
                ProblemType.BAD_REQUEST, "Send {\"node\":\"http://host:port\"}, the URL of a member");
    }

    private List<Member> members() {
        return identity.load().members().map(Members::list).orElseGet(() -> Member.of(config.members()));
    }

    private CompletionStage<Response> handOver(Member named) {
        try {
            return leadership.transfer(named).thenApply(isLed -> answer(named, isLed));
        } catch (IllegalStateException e) {
            return answer(cannotLead(named, e.getMessage()));
        }
    }

    private CompletionStage<Response> stand(Member self) {
        try {
            return leadership.lead().thenApply(isLed -> answer(self, isLed));
        } catch (ReplicationRefusedException e) {
            return answer(cannotLead(self, e.getMessage()));
        }
    }

    private static Response answer(Member named, boolean isLed) {
        return isLed ? leads(named) : cannotLead(named, "it did not lead in time");
    }

    private static Response leads(Member named) {
        return Response.ok(Map.of("primary", named.toString()), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    private static Response cannotLead(Member named, String why) {
        return Problem.response(ProblemType.CANNOT_LEAD, named + " cannot lead now: " + why);
    }

    private static Map<String, List<String>> passedOn(HttpHeaders headers) {
        Map<String, List<String>> passedOn = new LinkedHashMap<>();
        for (String header : List.of(HttpHeaders.CONTENT_TYPE, HttpHeaders.AUTHORIZATION)) {
            Optional.ofNullable(headers.getRequestHeader(header)).ifPresent(values -> passedOn.put(header, values));
        }
        return passedOn;
    }

    private static CompletionStage<Response> answer(Response response) {
        return CompletableFuture.completedFuture(response);
    }
}
