package io.replicatedlog.system.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.SharedCluster;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.Select;

/** The console in a real browser, while the cluster goes through what an operator would look at it for. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@ExtendWith(SharedCluster.class)
class ConsoleIT {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

    /** Where the pictures go that README shows; nowhere if it is not set. */
    private static final String PICTURES = System.getProperty("console.pictures");

    private static LibertyCluster cluster;
    private static ChromeDriver browser;

    @BeforeAll
    static void start(LibertyCluster shared) {
        assumeThat(Files.exists(CHROMIUM) && Files.exists(DRIVER))
                .as("chromium and chromium-driver are installed")
                .isTrue();
        cluster = shared;
        LoggingPreferences logging = new LoggingPreferences();
        logging.enable(LogType.BROWSER, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.setCapability("goog:loggingPrefs", logging);
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--window-size=1280,1000");
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .usingAnyFreePort()
                        .build(),
                options);
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.quit();
        }
    }

    @BeforeEach
    void open() {
        cluster.heal();
        browser.manage().logs().get(LogType.BROWSER); // those of the test before
        browser.get(cluster.primary().url() + "/");
        await().atMost(Duration.ofSeconds(20)).until(() -> nodes().size(), Integer.valueOf(3)::equals);
    }

    @Test
    void shouldAppendAndShowWhoHoldsIt() {
        append("from the browser", "3");

        awaitText("#appended", "held by 3 of the 3 asked for, done");
        awaitText("#appended", "Secondary 2: holds it");
        awaitText("#entries", "from the browser");
        assertThat(cluster.secondary(2).client().messages()).contains("from the browser");
        assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
                .as("nothing was blocked, and nothing failed")
                .extracting(LogEntry::getMessage)
                .isEmpty();
    }

    @Test
    void shouldShowASecondaryThatDiesAndReturns() {
        cluster.secondary(2).kill();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> nodes().get(2).getText(), text -> text.contains("unhealthy"));
        append("beside a dead one", "2");
        awaitText("#appended", "held by 2 of the 2 asked for, done");
        awaitText("#appended", "Secondary 2: not yet");
        picture("secondary-down");
        handOver(2);
        confirm();
        awaitText("#handed-over", "Not handed over to " + host(cluster.secondary(2)) + ": ");
        awaitText("#handed-over", "cannot lead now");

        cluster.restart();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> nodes().get(2).getText(), text -> text.contains("healthy") && !text.contains("unhealthy"));
        awaitText("#appended", "Secondary 2: holds it");
    }

    @Test
    void shouldShowReadOnlyModeWhileItLasts() {
        cluster.secondary(1).kill();
        cluster.secondary(2).kill();

        awaitText(
                "#read-only",
                "Read-only: no append is taken (no quorum: 1 of 3 nodes are healthy and follow, 2 needed)");
        assertThat(find("#read-only").isDisplayed()).isTrue();
        assertThat(browser.getTitle()).startsWith("READ-ONLY");
        append("refused", "1");
        awaitText("#appended", "Refused: The log is read-only");
        picture("read-only");

        cluster.heal();
        await().atMost(Duration.ofSeconds(20)).until(() -> !find("#read-only").isDisplayed());
        assertThat(browser.getTitle()).isEqualTo("Replicated Log");
    }

    @Test
    void shouldSayThatContactIsLostAndResumeTheTail() {
        append("before", "3");
        awaitText("#entries", "before");

        cluster.primary().kill();
        awaitText("#lost", "No contact with this node since");
        assertThat(find("#lost").isDisplayed()).isTrue();

        cluster.heal();
        await().atMost(Duration.ofSeconds(20)).until(() -> !find("#lost").isDisplayed());
        append("after", "3");
        awaitText("#entries", "after");
        List<String> offsets = browser.findElements(By.cssSelector("#entries tr td:first-child")).stream()
                .map(WebElement::getText)
                .toList();
        assertThat(offsets).as("nothing lost, nothing twice").doesNotHaveDuplicates();
        assertThat(Long.parseLong(offsets.get(offsets.size() - 1)) - Long.parseLong(offsets.get(0)))
                .isEqualTo(offsets.size() - 1L);
    }

    @Test
    void shouldShowEveryMessageAsText() {
        String html = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script><b>bold</b>";

        append(html, "1");

        awaitText("#entries", html);
        assertThat(browser.findElements(By.cssSelector("#entries img, #entries b, #entries script")))
                .isEmpty();
        assertThat(browser.getTitle()).isEqualTo("Replicated Log");
    }

    @Test
    void shouldPauseJumpAndSearch() {
        for (String message : List.of("red apple", "green apple", "red pear")) {
            cluster.primary().client().append(message, 1);
        }
        long end = cluster.primary().client().end();
        awaitText("#entries", "red pear");

        find("#search").sendKeys("GREEN");
        assertThat(find("#entries").getText()).contains("green apple").doesNotContain("red");
        find("#search").clear();
        find("#search").sendKeys(" ");

        find("#pause").click();
        cluster.primary().client().append("while it is paused", 1);
        awaitText("#tail-state", "Paused, 1 more have come");
        assertThat(find("#entries").getText()).doesNotContain("while it is paused");
        find("#pause").click();
        awaitText("#entries", "while it is paused");

        find("#jump").sendKeys(Long.toString(end - 1));
        find("#jump-form button").click();
        await().atMost(Duration.ofSeconds(10))
                .until(() -> browser.findElements(By.cssSelector("#entries tr")).size() == 2);
    }

    @Test
    void shouldDrawChartsAndFitAPhone() {
        for (int i = 0; i < 20; i++) {
            cluster.primary().client().append("for the charts", 2);
        }
        awaitCharts(3);
        picture("console");
        Dimension before = browser.manage().window().getSize();
        browser.manage().window().setSize(new Dimension(500, 900));
        try {
            assertThat((Long) browser.executeScript(
                            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"))
                    .as("nothing sticks out")
                    .isLessThanOrEqualTo(0);
            picture("phone");
        } finally {
            browser.manage().window().setSize(before);
        }
    }

    @Test
    void shouldServeASecondary() {
        browser.get(cluster.secondary(1).url() + "/");
        awaitText("#summary", "Secondary " + cluster.secondary(1).url());
        awaitText("#nodes", "Its primary");
        assertThat(find("#figure-lag").isDisplayed()).isFalse();

        append("by way of a secondary", "3");

        awaitText("#appended", "held by 3 of the 3 asked for, done");
        awaitText("#appended", "A majority: holds it");
        awaitText("#entries", "by way of a secondary");
        assertThat(cluster.primary().client().messages()).contains("by way of a secondary");
    }

    @Test
    void shouldSayThatNobodyLeadsWhileItIsSo() {
        browser.get(cluster.secondary(1).url() + "/");
        awaitText("#lead", host(cluster.primary()) + " leads for ");
        assertThat(find("#lead a").getDomProperty("href"))
                .isEqualTo(cluster.primary().url() + "/");

        cluster.primary().kill();

        awaitText("#read-only", "Nobody leads: no append is taken (");
        awaitText("#lead", "Nobody leads for ");
        awaitText("#changes tbody tr:first-child", "nobody");
        assertThat(find("#read-only").isDisplayed()).isTrue();
        assertThat(browser.getTitle()).startsWith("NOBODY LEADS");
        append("refused", "1");
        awaitText("#appended", "Refused: No primary is known");
        picture("nobody-leads");

        cluster.heal();
        awaitText("#lead", host(cluster.primary()) + " leads for ");
        awaitText("#changes tbody tr:first-child", host(cluster.primary()));
        assertThat(find("#read-only").isDisplayed()).isFalse();
        assertThat(browser.getTitle()).isEqualTo("Replicated Log");
    }

    @Test
    void shouldLetNothingIntoThePageThatIsNotItsOwn() {
        Map<String, List<String>> headers = cluster.primary().client().get("/").headers();

        assertThat(headers.get("content-security-policy"))
                .containsExactly("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                        + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        assertThat(headers.get("x-content-type-options")).containsExactly("nosniff");
    }

    @Nested
    class WhereAnyNodeLeads {

        private static LibertyCluster automatic;

        @BeforeAll
        static void startNodes() {
            automatic = LibertyCluster.start("console", 2, Map.of("REPLICATEDLOG_FAILOVER", "automatic"));
        }

        @AfterAll
        static void stopNodes() {
            automatic.close();
        }

        @BeforeEach
        void healNodes() {
            automatic.restart();
            await("the secondaries have caught up")
                    .atMost(Duration.ofSeconds(60))
                    .ignoreExceptions() // another node may lead meanwhile
                    .until(() -> leader().client().secondaries().stream()
                            .allMatch(seen -> "CAUGHT_UP".equals(seen.get("lane"))));
        }

        @Test
        void shouldHandOverAndFollowTheRoleOfItsNode() {
            LibertyNode node = leader();
            browser.get(node.url() + "/");
            awaitText("#lead", "This node leads for ");
            awaitText("#lead", "in epoch " + node.client().cluster().getJsonNumber("epoch"));
            assertThat(find("#lead time").getDomAttribute("title")).isNotBlank();
            awaitText("#nodes", "Secondary 2");
            awaitCharts(3);

            handOver(1);
            new Actions(browser).sendKeys(Keys.ESCAPE).perform();
            await().until(() -> !find("#hand-over").isDisplayed());
            assertThat(find("#handed-over").getText()).as("not confirmed").isEmpty();

            String next = handOver(1);
            picture("hand-over");
            confirm();

            awaitText("#handed-over", "Handed over to " + next);
            awaitText("#lead", next + " leads for ");
            awaitText("#nodes", "Its primary");
            awaitCharts(1);
            assertThat(nodes()).as("no cards of its former secondaries").hasSize(2);
            assertThat(find("#figure-lag").isDisplayed()).isFalse();
            assertThat(changes().get(0)).contains(next);
            append("after the hand-over", "3");
            awaitText("#appended", "held by 3 of the 3 asked for, done");

            node.client().post("/api/v1/cluster/primary", "{\"node\":\"" + node.url() + "\"}");

            awaitText("#lead", "This node leads for ");
            awaitText("#nodes", "Secondary 2");
            awaitCharts(3);
            append("again the primary", "3");
            awaitText("#appended", "held by 3 of the 3 asked for, done");
        }

        @Test
        void shouldShowWhoLeadsAfterThePrimaryWasKilled() {
            LibertyNode killed = leader();
            LibertyNode node = automatic.nodes().stream()
                    .filter(other -> other != killed)
                    .findFirst()
                    .orElseThrow();
            browser.get(node.url() + "/");
            awaitText("#lead", host(killed) + " leads for ");

            killed.kill();

            LibertyNode next = leader();
            awaitText("#lead", (next == node ? "This node" : host(next)) + " leads for ");
            assertThat(changes().get(0)).contains(host(next));
            assertThat(changes()).anyMatch(change -> change.contains(host(killed)));
            picture("next-primary");
        }

        private static LibertyNode leader() {
            return await("a node leads")
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () -> automatic.nodes().stream()
                                    .filter(WhereAnyNodeLeads::leads)
                                    .findFirst(),
                            Optional::isPresent)
                    .orElseThrow();
        }

        private static boolean leads(LibertyNode node) {
            return node.isRunning() && node.url().equals(node.client().cluster().getString("primary", ""));
        }

        private static List<String> changes() {
            return browser.findElements(By.cssSelector("#changes tbody tr")).stream()
                    .map(WebElement::getText)
                    .toList();
        }
    }

    /** Presses the button on the card of a secondary; the question stays open. */
    private static String handOver(int secondary) {
        WebElement card = nodes().get(secondary);
        String name = card.findElement(By.tagName("a")).getText().replace("http://", "");
        card.findElement(By.cssSelector(".hand-over")).click();
        awaitText("#hand-over", "Hand over to " + name + "?");
        return name;
    }

    private static void confirm() {
        find("#hand-over button[value=confirmed]").click();
    }

    private static void awaitCharts(int number) {
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        browser.findElements(By.cssSelector("#charts canvas")).size() == number);
    }

    private static String host(LibertyNode node) {
        return node.url().replace("http://", "");
    }

    private static void append(String message, String w) {
        new Select(find("#w")).selectByValue(w);
        find("#message").clear();
        find("#message").sendKeys(message);
        find("#append-form button").click();
    }

    private static WebElement find(String selector) {
        return browser.findElement(By.cssSelector(selector));
    }

    private static List<WebElement> nodes() {
        return browser.findElements(By.cssSelector("#nodes .node"));
    }

    private static void awaitText(String selector, String text) {
        await(selector + " says " + text)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions() // what is looked at may be drawn again meanwhile
                .until(() -> find(selector).getText().contains(text));
    }

    private static void picture(String name) {
        if (PICTURES == null) {
            return;
        }
        try {
            File taken = browser.getScreenshotAs(OutputType.FILE);
            Files.copy(
                    taken.toPath(),
                    Files.createDirectories(Path.of(PICTURES)).resolve(name + ".png"),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
