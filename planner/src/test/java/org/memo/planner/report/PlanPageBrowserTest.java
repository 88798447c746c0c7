package org.memo.planner.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page's script in a browser, where there is one: its counts are those of the plan. */
@Tag("browser")
class PlanPageBrowserTest {
  private static final long TIMEOUT_SECONDS = 60;

  @TempDir private Path folder;

  @Test
  void aBrowserDrawsEveryTensorAndOperation() throws Exception {
    PlanView view =
        ExamplePlans.view(
            "</script><b>\"title\"",
            ExamplePlans.trace("<script>\"&", "'logits'"),
            ExamplePlans.timeline());
    String dom = domOf(PlanPage.of(view));
    assertEquals("ready", fact(dom, "state"), dom);
    assertEquals("10", fact(dom, "tensors"));
    assertEquals("10", fact(dom, "drawn-tensors"));
    assertEquals("6", fact(dom, "passes"));
    assertEquals("202", fact(dom, "operations"));
    assertEquals("202", fact(dom, "drawn-operations"));
    assertEquals("2", fact(dom, "streams"));
    assertEquals(Long.toString(view.memory().slabBytes()), fact(dom, "slab-bytes"));
    assertTrue(dom.contains("<h1 id=\"title\">&lt;/script&gt;&lt;b&gt;\"title\"</h1>"), dom);
  }

  @Test
  void aBrowserDrawsThePageOfARunThatHasNoTimeline() throws Exception {
    String dom =
        domOf(PlanPage.of(ExamplePlans.view("run", ExamplePlans.trace("a", "b"), Timeline.NONE)));
    assertEquals("ready", fact(dom, "state"), dom);
    assertEquals("10", fact(dom, "drawn-tensors"));
  }

  private String domOf(String page) throws IOException, InterruptedException {
    Optional<String> browser = browser();
    assumeTrue(browser.isPresent(), "no chromium on the PATH");
    Path file = Files.writeString(folder.resolve("plan.html"), page);
    Path dom = folder.resolve("dom.html");
    Process process =
        new ProcessBuilder(
                browser.get(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + folder.resolve("profile"),
                "--dump-dom",
                file.toUri().toString())
            .redirectOutput(dom.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the browser did not end");
    }
    return Files.readString(dom);
  }

  private static Optional<String> browser() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(folder -> Stream.of(folder + "/chromium", folder + "/google-chrome"))
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst();
  }

  private static String fact(String dom, String name) {
    Matcher matcher = Pattern.compile("<html[^>]* data-" + name + "=\"([^\"]*)\"").matcher(dom);
    return matcher.find() ? matcher.group(1) : "none";
  }
}
