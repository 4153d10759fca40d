package io.replicatedlog.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class ProblemTypeTest {

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "OTHER")
    void shouldBeListedWithItsStatus(ProblemType type) throws IOException {
        String name = type.name().toLowerCase(Locale.ROOT).replace('_', '-');
        List<String> page = Files.readAllLines(Path.of("docs", "api.md"));

        assertThat(page)
                .filteredOn(line -> line.startsWith("| ")
                        && Pattern.compile("`" + name + "`").matcher(line).find())
                .singleElement()
                .asString()
                .startsWith("| " + type.status() + " |");
    }
}
