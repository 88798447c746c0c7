package org.memo.planner.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A plan as one HTML page that needs no network: the slab as addresses over time, the streams as a
 * timeline, host memory, and a table of the totals. All that differs between two pages is the JSON
 * in them, so nothing that a user named becomes markup.
 */
public final class PlanPage {
  private static final List<String> SCRIPTS =
      List.of("format.js", "data.js", "chart.js", "slab.js", "streams.js", "ranks.js", "page.js");

  private PlanPage() {}

  /** The page. */
  public static String of(PlanView view) {
    StringBuilder script = new StringBuilder();
    SCRIPTS.forEach(file -> script.append(resource(file)));
    return resource("page.html")
        .replace("@STYLE@", resource("page.css"))
        .replace("@SCRIPT@", script)
        .replace("@DATA@", PlanData.json(view)); // last: names may hold the other two
  }

  private static String resource(String name) {
    try (InputStream in = PlanPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource %s is missing".formatted(name));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
