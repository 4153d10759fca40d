package io.replicatedlog.api;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toSet;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.replicatedlog.protocol.Batch;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The operations of the HTTP API, as the resources' annotations have them. */
final class Operations {

    /** Between nodes only. */
    private static final Set<String> HIDDEN =
            Set.of("POST /api/v1/internal/replicate " + Batch.MEDIA_TYPE, "GET /api/v1/internal/records ");

    /** Absent for clients, unless it is switched on. */
    private static final String TESTING_API = "/test";

    /** The problems beside those that follow from an operation's annotations: {@link Operation#problems}. */
    private static final Map<String, Set<ProblemType>> PROBLEMS = Map.ofEntries(
            Map.entry(
                    "POST /api/v1/append",
                    EnumSet.of(
                            ProblemType.INVALID_MESSAGE,
                            ProblemType.INVALID_WRITE_CONCERN,
                            ProblemType.INVALID_CONDITION,
                            ProblemType.INVALID_TIMEOUT,
                            ProblemType.END_MOVED,
                            ProblemType.KEY_REUSED,
                            ProblemType.TOO_MANY_WAITING,
                            ProblemType.STORAGE_FAILED,
                            ProblemType.READ_ONLY,
                            ProblemType.STOPPING,
                            ProblemType.PRIMARY_UNKNOWN,
                            ProblemType.OUTCOME_UNKNOWN,
                            ProblemType.LOG_FULL)),
            Map.entry("GET /api/v1/messages", EnumSet.of(ProblemType.STORAGE_FAILED)),
            Map.entry(
                    "GET /api/v1/entries",
                    EnumSet.of(ProblemType.STORAGE_FAILED, ProblemType.TOO_MANY_READERS, ProblemType.PRIMARY_UNKNOWN)),
            Map.entry("HEAD /api/v1/entries", EnumSet.of(ProblemType.TOO_MANY_READERS, ProblemType.PRIMARY_UNKNOWN)),
            Map.entry("GET /api/v1/entries/{offset}", EnumSet.of(ProblemType.STORAGE_FAILED, ProblemType.NOT_FOUND)),
            Map.entry(
                    "POST /api/v1/cluster/primary",
                    EnumSet.of(
                            ProblemType.NOT_FOUND,
                            ProblemType.CANNOT_LEAD,
                            ProblemType.TOO_MANY_WAITING,
                            ProblemType.PRIMARY_UNKNOWN,
                            ProblemType.OUTCOME_UNKNOWN)),
            Map.entry(
                    "POST /api/v1/internal/replicate",
                    EnumSet.of(
                            ProblemType.INVALID_MESSAGE,
                            ProblemType.FOREIGN_LOG,
                            ProblemType.FENCED,
                            ProblemType.LED,
                            ProblemType.NOT_A_MEMBER,
                            ProblemType.DIVERGED,
                            ProblemType.STORAGE_FAILED,
                            ProblemType.LOG_FULL)),
            Map.entry(
                    "POST /api/v1/internal/promise",
                    EnumSet.of(
                            ProblemType.STORAGE_FAILED, ProblemType.FENCED, ProblemType.LED, ProblemType.NOT_A_MEMBER)),
            Map.entry(
                    "POST /api/v1/internal/question",
                    EnumSet.of(
                            ProblemType.FOREIGN_LOG, ProblemType.NOT_A_MEMBER, ProblemType.LED, ProblemType.FURTHER)),
            Map.entry("POST /api/v1/internal/stand", EnumSet.of(ProblemType.FENCED, ProblemType.STORAGE_FAILED)),
            Map.entry(
                    "POST /api/v1/internal/read-index",
                    EnumSet.of(ProblemType.TOO_MANY_READERS, ProblemType.PRIMARY_UNKNOWN)));

    /** The parameters that are read without an annotation. */
    private static final Map<String, Set<String>> PARAMETERS = Map.of("POST /api/v1/append", Set.of("query redirect"));

    private Operations() {}

    /** Every operation that {@code META-INF/openapi.yaml} has to describe. */
    static List<Operation> described() {
        return new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.replicatedlog").stream()
                        .filter(type -> type.isAnnotatedWith(Path.class) && !type.isInterface())
                        .map(JavaClass::reflect)
                        .filter(resource -> !path(resource).startsWith(TESTING_API))
                        .flatMap(Operations::of)
                        .toList();
    }

    private static Stream<Operation> of(Class<?> resource) {
        return Stream.of(resource.getDeclaredMethods())
                .filter(method -> httpMethod(method).isPresent())
                .filter(method -> !HIDDEN.contains(name(resource, method) + " " + String.join(",", consumes(method))))
                .collect(groupingBy(method -> name(resource, method), TreeMap::new, toList()))
                .entrySet()
                .stream()
                .map(operation -> new Operation(operation.getKey(), resource, operation.getValue()));
    }

    /**
     * One method of one path.
     *
     * @param name such as {@code GET /api/v1/messages}
     * @param forms the Java methods, one for each media type
     */
    record Operation(String name, Class<?> resource, List<Method> forms) {

        String method() {
            return name.substring(0, name.indexOf(' '));
        }

        String path() {
            return name.substring(name.indexOf(' ') + 1);
        }

        /** As {@code query from}. */
        Set<String> parameters() {
            return Stream.concat(
                            PARAMETERS.getOrDefault(name, Set.of()).stream(),
                            forms.stream()
                                    .flatMap(form -> Stream.of(form.getParameterAnnotations())
                                            .flatMap(Stream::of))
                                    .map(Operations::parameter)
                                    .flatMap(Optional::stream))
                    .collect(toCollection(TreeSet::new));
        }

        /** The media types of the body. */
        Set<String> consumes() {
            return forms.stream()
                    .flatMap(form -> Operations.consumes(form).stream())
                    .collect(toSet());
        }

        /** The problems that this operation can answer with. */
        Set<ProblemType> problems() {
            Set<ProblemType> problems = EnumSet.of(ProblemType.INTERNAL);
            if (resource.isAnnotationPresent(FromNodes.class)) {
                problems.add(ProblemType.UNAUTHORIZED);
            }
            if (resource.isAnnotationPresent(RolesAllowed.class)) {
                problems.addAll(EnumSet.of(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN));
            }
            if (parameters().stream().anyMatch(parameter -> !parameter.startsWith("path"))) {
                problems.add(ProblemType.BAD_REQUEST);
            }
            if (!consumes().isEmpty()) {
                problems.add(ProblemType.UNSUPPORTED_MEDIA_TYPE);
            }
            if (forms.stream()
                    .anyMatch(form -> List.of(form.getParameterTypes()).contains(InputStream.class))) {
                problems.addAll(EnumSet.of(
                        ProblemType.BAD_REQUEST, ProblemType.TOO_SLOW, ProblemType.TOO_LARGE, ProblemType.OVERLOADED));
            }
            problems.addAll(PROBLEMS.getOrDefault(name, Set.of()));
            return problems;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static String name(Class<?> resource, Method method) {
        return httpMethod(method).orElseThrow() + " /api" + path(resource) + path(method);
    }

    private static String path(AnnotatedElement element) {
        Path path = element.getAnnotation(Path.class);
        return path == null ? "" : path.value();
    }

    private static Optional<String> httpMethod(Method method) {
        return Stream.of(method.getAnnotations())
                .map(annotation -> annotation.annotationType().getAnnotation(HttpMethod.class))
                .flatMap(Stream::ofNullable)
                .map(HttpMethod::value)
                .findFirst();
    }

    private static List<String> consumes(Method method) {
        Consumes consumes = method.getAnnotation(Consumes.class);
        return consumes == null ? List.of() : List.of(consumes.value());
    }

    private static Optional<String> parameter(Annotation annotation) {
        if (annotation instanceof QueryParam query) {
            return Optional.of("query " + query.value());
        }
        if (annotation instanceof HeaderParam header) {
            return Optional.of("header " + header.value());
        }
        return annotation instanceof PathParam path ? Optional.of("path " + path.value()) : Optional.empty();
    }
}
