package io.replicatedlog;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.microprofile.faulttolerance.Timeout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The names of classes, methods and packages in files that are not Java: where one is wrong, the platform ignores it
 * without a word, and a call has no time-out of ours.
 */
class ConfiguredNamesTest {

    private static final String ROOT = "io.replicatedlog";
    private static final Path WEB_XML = Path.of("src/main/webapp/WEB-INF/web.xml");
    private static final Properties CONFIGURED = configured();
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    /** {@code class/method/annotation/parameter}, as MicroProfile Fault Tolerance has it. */
    static Stream<String> faultTolerance() {
        return CONFIGURED.stringPropertyNames().stream()
                .filter(name -> name.startsWith(ROOT + ".") && name.contains("/"))
                .sorted();
    }

    @ParameterizedTest
    @MethodSource("faultTolerance")
    void shouldConfigureWhatAMethodIsAnnotatedWith(String name) throws Exception {
        String[] parts = name.split("/");
        assertThat(parts).as("class, method, annotation, parameter").hasSize(4);

        Stream<Annotation> annotations = Arrays.stream(Class.forName(parts[0]).getMethods())
                .filter(method -> method.getName().equals(parts[1]))
                .flatMap(method -> Arrays.stream(method.getAnnotations()));

        Optional<Class<? extends Annotation>> annotation = annotations
                .<Class<? extends Annotation>>map(Annotation::annotationType)
                .filter(type -> type.getSimpleName().equals(parts[2]))
                .findFirst();
        assertThat(annotation).as("a method %s with @%s", parts[1], parts[2]).isPresent();
        assertThatCode(() -> annotation.get().getMethod(parts[3]))
                .as("a parameter of the annotation")
                .doesNotThrowAnyException();
    }

    @Test
    void shouldConfigureEveryTimeout() {
        Set<String> wanted = OURS.stream()
                .flatMap(ours -> ours.getMethods().stream())
                .filter(method -> method.isAnnotatedWith(Timeout.class))
                .map(ConfiguredNamesTest::timeoutOf)
                .collect(toSet());

        assertThat(wanted).as("methods with @Timeout").isNotEmpty();
        assertThat(CONFIGURED.stringPropertyNames()).containsAll(wanted);
        assertThat(OURS)
                .as("a whole class with @Timeout needs a name without a method")
                .noneMatch(ours -> ours.isAnnotatedWith(Timeout.class));
    }

    @Test
    void shouldNameClassesThatExistInWebXml() throws IOException {
        Set<String> named = Pattern.compile("<([a-z]+-class)>\\s*(.*?)\\s*</\\1>")
                .matcher(Files.readString(WEB_XML))
                .results()
                .map(found -> found.group(2))
                .collect(toSet());

        assertThat(named).isNotEmpty().allMatch(OURS::contain);
    }

    private static String timeoutOf(JavaMethod method) {
        return method.getOwner().getName() + "/" + method.getName() + "/Timeout/value";
    }

    private static Properties configured() {
        Properties configured = new Properties();
        try (InputStream file =
                ConfiguredNamesTest.class.getResourceAsStream("/META-INF/microprofile-config.properties")) {
            configured.load(file);
            return configured;
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
