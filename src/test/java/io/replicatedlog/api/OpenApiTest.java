package io.replicatedlog.api;

import static io.replicatedlog.api.Requests.MAX_MESSAGE_BYTES;
import static io.replicatedlog.api.Requests.config;
import static io.replicatedlog.api.Requests.utf8;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.api.Operations.Operation;
import io.replicatedlog.api.Problem.Appended;
import io.replicatedlog.leadership.Leadership;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.WireJson;
import io.replicatedlog.reading.Level;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/** {@code META-INF/openapi.yaml} describes the resources as they are. */
class OpenApiTest {

    private static final JsonObject API = read();

    /** Every problem that a description may leave out: of a path, of the platform, and of binary forms. */
    private static final Set<ProblemType> OF_NO_OPERATION =
            EnumSet.of(ProblemType.METHOD_NOT_ALLOWED, ProblemType.OTHER, ProblemType.MISMATCH);

    private static final Map<String, Class<? extends Record>> DOCUMENTS = Map.of(
            "AppendAnswer", AppendAnswer.class,
            "Entry", EntriesResource.EntryDocument.class,
            "Primary", ClusterResource.PrimaryDocument.class,
            "Secondary", ClusterResource.SecondaryDocument.class,
            "LeadershipChange", ClusterResource.ChangeDocument.class,
            "SecondaryOfPrimary", ClusterResource.SecondaryOfPrimary.class,
            "Quorum", ClusterResource.QuorumDocument.class,
            "Storage", ClusterResource.StorageDocument.class);

    private static final List<Operation> OPERATIONS = Operations.described();

    private static List<Operation> operations() {
        return OPERATIONS;
    }

    private static JsonObject read() {
        try (InputStream yaml = OpenApiTest.class.getResourceAsStream("/META-INF/openapi.yaml")) {
            Map<String, Object> document = new Yaml().load(yaml);
            return Json.createObjectBuilder(document).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldDescribeEveryOperationAndNoOther() {
        Set<String> described = API.getJsonObject("paths").entrySet().stream()
                .flatMap(path -> path.getValue().asJsonObject().keySet().stream()
                        .map(method -> method.toUpperCase(Locale.ROOT) + " " + path.getKey()))
                .collect(toSet());

        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(
                        OPERATIONS.stream().map(Operation::name).toList());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void shouldSayWhatAnOperationIsFor(Operation operation) {
        JsonObject described = described(operation);
        List<String> tags = strings(
                API.getJsonArray("tags").getValuesAs(tag -> tag.asJsonObject().get("name")));

        assertThat(described.getString("summary")).isNotBlank();
        assertThat(tags).containsAll(strings(described.getJsonArray("tags")));
    }

    @ParameterizedTest
    @MethodSource("operations")
    void shouldDescribeEveryParameterAndNoOther(Operation operation) {
        JsonArray parameters = described(operation).containsKey("parameters")
                ? described(operation).getJsonArray("parameters")
                : JsonValue.EMPTY_JSON_ARRAY;
        List<JsonObject> described = parameters.getValuesAs(JsonObject.class);

        assertThat(described)
                .extracting(parameter -> parameter.getString("in") + " " + parameter.getString("name"))
                .containsExactlyInAnyOrderElementsOf(operation.parameters());
        assertThat(described).allSatisfy(parameter -> assertThat(parameter).containsKeys("description", "schema"));
    }

    @ParameterizedTest
    @MethodSource("operations")
    void shouldDescribeEveryFormOfTheBodyAndNoOther(Operation operation) {
        JsonObject body = described(operation).getJsonObject("requestBody");

        assertThat(body == null ? Set.of() : body.getJsonObject("content").keySet())
                .isEqualTo(operation.consumes());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void shouldNameEveryStatusOfAProblemAndNoOther(Operation operation) {
        JsonObject responses = described(operation).getJsonObject("responses");
        Set<Integer> problems = responses.entrySet().stream()
                .filter(response -> response.getValue()
                        .asJsonObject()
                        .getString("$ref", "")
                        .equals("#/components/responses/problem"))
                .map(response -> Integer.valueOf(response.getKey()))
                .collect(toCollection(TreeSet::new));

        assertThat(problems)
                .isEqualTo(
                        operation.problems().stream().map(ProblemType::status).collect(toCollection(TreeSet::new)));
        assertThat(responses).containsKey("200");
    }

    @Test
    void shouldNameEveryTypeOfProblem() {
        JsonObject problem = schema("Problem").getJsonObject("properties");
        Set<ProblemType> answered =
                OPERATIONS.stream().flatMap(one -> one.problems().stream()).collect(toSet());
        answered.addAll(OF_NO_OPERATION);

        assertThat(answered).containsExactlyInAnyOrder(ProblemType.values());
        assertThat(strings(problem.getJsonObject("type").getJsonArray("enum")))
                .isEqualTo(Stream.of(ProblemType.values()).map(ProblemType::uri).toList());
        assertThat(strings(problem.getJsonObject("appended").getJsonArray("enum")))
                .isEqualTo(lowerCase(Appended.values()));
    }

    @Test
    void shouldShowProblemsAsTheyAre() {
        Map<String, ProblemType> types = Stream.of(ProblemType.values()).collect(toMap(ProblemType::uri, type -> type));

        assertThat(examples("/components/responses/problem/content/application~1problem+json"))
                .isNotEmpty()
                .allSatisfy(example -> {
                    JsonObject document = example.asJsonObject();
                    ProblemType type = types.get(document.getString("type"));
                    assertThat(document.getInt("status")).isEqualTo(type.status());
                    assertThat(document.getString("title")).isEqualTo(type.title());
                });
    }

    @Test
    void shouldDescribeEveryMemberOfADocument() {
        DOCUMENTS.forEach((name, document) -> {
            RecordComponent[] members = document.getRecordComponents();
            List<String> always = Stream.of(members)
                    .filter(member -> member.getType().isPrimitive())
                    .map(RecordComponent::getName)
                    .toList();

            assertThat(schema(name).getJsonObject("properties").keySet())
                    .as(name)
                    .containsExactlyElementsOf(
                            Stream.of(members).map(RecordComponent::getName).toList());
            assertThat(strings(schema(name).getJsonArray("required"))).as(name).containsAll(always);
        });
    }

    @Test
    void shouldDescribeWhatNodesTellEachOther() {
        UUID id = new UUID(1, 2);
        Reign reign = new Reign(id, 3);
        URI url = URI.create("http://primary:8080");
        Position position = new Position(id, 3, Optional.of(reign), 3, 4, 3, 4, true);
        PromiseRequest request = new PromiseRequest(new Promise(3, id), url, Optional.of(id));
        Question question = new Question(id, url, Optional.of(id), 3, 4);

        assertDescribes(
                "Position",
                WireJson.write(position),
                WireJson.write(new Position(id, 3, Optional.empty(), 3, 4, 3, 4, true)));
        assertDescribes(
                "PromiseRequest",
                WireJson.write(request),
                WireJson.write(new PromiseRequest(request.promise(), url, Optional.empty())));
        assertDescribes(
                "Question", WireJson.write(question), WireJson.write(new Question(id, url, Optional.empty(), 3, 4)));
        assertDescribes("Reign", WireJson.write(reign), WireJson.write(reign));
        ReadIndex index = new ReadIndex(reign, 4);
        assertDescribes("ReadIndex", WireJson.write(index), WireJson.write(index));
        assertDescribes(
                "Acknowledgement",
                parse(WireJson.write(new Acknowledgement(id, 4, 5))),
                parse(WireJson.write(new Acknowledgement(id, 4, 0))));
    }

    /** @param smallest has only what is always there */
    private static void assertDescribes(String schema, JsonObject largest, JsonObject smallest) {
        assertThat(schema(schema).getJsonObject("properties").keySet())
                .as(schema)
                .isEqualTo(largest.keySet());
        assertThat(strings(schema(schema).getJsonArray("required")))
                .as(schema)
                .containsExactlyInAnyOrderElementsOf(smallest.keySet());
    }

    private static JsonObject parse(String json) {
        try (JsonReader reader = Json.createReader(new StringReader(json))) {
            return reader.readObject();
        }
    }

    @Test
    void shouldNameEveryRoleThatANodeWithThatDocumentHas() {
        List<String> described = new ArrayList<>(roles("Primary"));
        described.addAll(roles("Secondary"));

        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(Leadership.Role.values()).map(Enum::name).toList());
        assertThat(roles("Primary")).containsExactly(Leadership.Role.PRIMARY.name());
    }

    private static List<String> roles(String schema) {
        return strings(
                schema(schema).getJsonObject("properties").getJsonObject("role").getJsonArray("enum"));
    }

    @Test
    void shouldNameEveryLevel() {
        List<String> levels = strings(schema("level").getJsonArray("enum"));

        assertThat(levels)
                .containsAll(lowerCase(Level.values()))
                .allSatisfy(level -> assertThat(Query.level(level)).isNotNull());
        assertThat(levels).filteredOn(Query::isLinearizable).hasSize(1);
        assertThat(levels).hasSize(Level.values().length + 1);
    }

    @Test
    void shouldShowBodiesThatAreAccepted() {
        String append = "/paths/~1api~1v1~1append/post/requestBody/content/";
        String replicate = "/paths/~1api~1v1~1internal~1replicate/post/requestBody/content/";

        assertThat(examples(append + "application~1json"))
                .isNotEmpty()
                .allSatisfy(body -> assertThat(AppendRequest.parse(utf8(body.toString()), config(), 3)
                                .messages())
                        .isNotEmpty());
        assertThat(examples(append + "application~1x-ndjson"))
                .isNotEmpty()
                .allSatisfy(body -> assertThat(
                                AppendRequest.parseLines(utf8(((JsonString) body).getString()), null, null, config(), 3)
                                        .messages())
                        .hasSize(2));
        assertThat(examples(replicate + "application~1json"))
                .isNotEmpty()
                .allSatisfy(body -> assertThat(ReplicateRequest.parse(utf8(body.toString()), MAX_MESSAGE_BYTES)
                                .sent())
                        .isNotEmpty());
    }

    @Test
    void shouldReferToWhatItHas() {
        List<String> references = new ArrayList<>();
        collectReferences(API, references);

        assertThat(references)
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(
                                Json.createPointer(reference.substring(1)).containsValue(API))
                        .as(reference)
                        .isTrue());
    }

    private static void collectReferences(JsonValue value, List<String> references) {
        if (value instanceof JsonObject object) {
            object.forEach((name, member) -> {
                if (name.equals("$ref")) {
                    references.add(((JsonString) member).getString());
                }
                collectReferences(member, references);
            });
        } else if (value instanceof JsonArray array) {
            array.forEach(element -> collectReferences(element, references));
        }
    }

    private static JsonObject described(Operation operation) {
        return API.getJsonObject("paths")
                .getJsonObject(operation.path())
                .getJsonObject(operation.method().toLowerCase(Locale.ROOT));
    }

    private static JsonObject schema(String name) {
        return API.getJsonObject("components").getJsonObject("schemas").getJsonObject(name);
    }

    private static List<JsonValue> examples(String pointer) {
        return Json.createPointer(pointer + "/examples").getValue(API).asJsonObject().values().stream()
                .map(example -> example.asJsonObject().get("value"))
                .toList();
    }

    private static List<String> strings(List<? extends JsonValue> values) {
        return values.stream().map(value -> ((JsonString) value).getString()).toList();
    }

    private static List<String> lowerCase(Enum<?>... values) {
        return Stream.of(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
    }
}
