package io.replicatedlog.system.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What the build says that the product is made of. */
class BillOfMaterialsIT {

    @Test
    void shouldListEveryFeatureOfTheRuntimeThatAnyConfigurationNames() throws Exception {
        List<String> named = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(Path.of("src", "main", "liberty", "config"), "*.xml")) {
            for (Path file : files) {
                elements(file, "feature").forEach(feature -> named.add(feature.getTextContent()));
            }
        }

        List<String> listed = components("io.openliberty.features");

        assertThat(listed).hasSizeGreaterThan(10).containsExactlyInAnyOrderElementsOf(named);
        assertThat(components("io.openliberty")).containsExactly("openliberty-runtime");
        assertThat(components("org.eclipse.microprofile.health")).containsExactly("microprofile-health-api");
    }

    private static List<String> components(String group) throws Exception {
        return elements(Path.of("target", "replicated-log.cdx.xml"), "component").stream()
                .filter(component -> group.equals(text(component, "group")))
                .map(component -> text(component, "name"))
                .toList();
    }

    private static String text(Element component, String name) {
        NodeList found = component.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent();
    }

    private static List<Element> elements(Path file, String name) throws Exception {
        try (var content = Files.newInputStream(file)) {
            NodeList found = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(content)
                    .getElementsByTagName(name);
            List<Element> elements = new ArrayList<>();
            for (int i = 0; i < found.getLength(); i++) {
                elements.add((Element) found.item(i));
            }
            return elements;
        }
    }
}
