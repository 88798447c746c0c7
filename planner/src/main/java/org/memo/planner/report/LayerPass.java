package org.memo.planner.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTrace.Pass;
import org.memo.planner.trace.RequestTrace.Section;

/**
 * A pass through a layer: the requests [lower, upper) of a trace.
 *
 * @param direction the first word of the pass's kind: forward or backward
 * @param layer counted from 0; backward passes come from the last layer down
 * @param form the rest of its kind: what the layer does with its activations
 */
public record LayerPass(String direction, int layer, String form, long lower, long upper) {
  private static final String BACKWARD = "backward";

  /** The passes of a trace in order of time. */
  public static List<LayerPass> of(RequestTrace trace) {
    List<LayerPass> passes = new ArrayList<>();
    long sectionStart = 0;
    for (Section section : trace.sections()) {
      addPasses(section, sectionStart, passes);
      sectionStart += section.requests().size();
    }
    return passes;
  }

  private static void addPasses(Section section, long sectionStart, List<LayerPass> passes) {
    Map<String, Integer> counts = new HashMap<>();
    for (Pass pass : section.passes()) {
      counts.merge(direction(pass), 1, Integer::sum);
    }
    Map<String, Integer> seen = new HashMap<>();
    for (Pass pass : section.passes()) {
      String direction = direction(pass);
      int index = seen.merge(direction, 1, Integer::sum) - 1;
      int layer =
          direction.equals(BACKWARD) ? counts.getOrDefault(direction, 0) - 1 - index : index;
      String form = pass.kind().substring(direction.length()).strip();
      passes.add(
          new LayerPass(
              direction, layer, form, sectionStart + pass.first(), sectionStart + pass.end()));
    }
  }

  private static String direction(Pass pass) {
    return pass.kind().split(" ", 2)[0];
  }
}
