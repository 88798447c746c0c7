package org.memo.planner.report;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.memo.planner.MemoryPlan;
import org.memo.planner.PlannedSection;
import org.memo.planner.PlannedTensor;

/**
 * A plan as one HTML page: the slab's addresses upwards over the requests of a step, every tensor
 * named on hover, and a table of totals.
 */
public final class PlanHtml {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 640;

  /** So that a tensor of some bytes can still be seen and pointed at. */
  private static final double SMALLEST_HEIGHT = 0.5;

  private static final String PAGE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <title>Memory plan</title>
      <style>
      body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #1c2530; background: #fafbfc; }
      h1 { font-size: 1.4rem; margin: 0 0 1rem; }
      table { border-collapse: collapse; margin-bottom: 1.2rem; }
      td { padding: .2rem 1.2rem .2rem 0; font-variant-numeric: tabular-nums; }
      svg { background: #fff; border: 1px solid #ccd3da; width: 100%%; height: auto; }
      rect:hover { stroke: #000; stroke-width: 1.5; }
      line { stroke: #8894a0; stroke-dasharray: 4 4; }
      text { font-size: 13px; fill: #46525e; }
      </style>
      </head>
      <body>
      <h1>Memory plan</h1>
      <table>
      %s</table>
      <svg viewBox="0 0 %d %d" role="img" aria-label="addresses of the slab over the requests of a step">
      %s</svg>
      <p>Upwards: addresses in the slab. To the right: the requests of setup, one micro-batch and the
      optimizer. Point at a rectangle for the tensor's name, size and place.</p>
      </body>
      </html>
      """;

  private PlanHtml() {}

  /** The page. */
  public static String format(MemoryPlan plan) {
    return PAGE.formatted(totals(plan), WIDTH, HEIGHT + 24, picture(plan));
  }

  private static String totals(MemoryPlan plan) {
    List<PlannedTensor> tensors = tensors(plan);
    return row("Slab", bytes(plan.slabBytes()))
        + row("Lower bound", bytes(plan.lowerBoundBytes()))
        + row("Lost to packing", String.format(Locale.ROOT, "%.3f %%", 100 * plan.fragmentation()))
        + row("Tensors", Integer.toString(tensors.size()))
        + row("Requests", Long.toString(end(plan)));
  }

  private static String picture(MemoryPlan plan) {
    StringBuilder svg = new StringBuilder();
    double acrossRequest = (double) WIDTH / Math.max(1, end(plan));
    double upByte = (double) HEIGHT / Math.max(1, plan.slabBytes());
    // The largest first: a small one that touches it stays on top.
    tensors(plan).stream()
        .sorted(Comparator.comparingLong(PlannedTensor::sizeBytes).reversed())
        .forEach(tensor -> svg.append(rectangle(tensor, acrossRequest, upByte)));
    for (PlannedSection section : plan.sections()) {
      section.tensors().stream()
          .mapToLong(PlannedTensor::lower)
          .min()
          .ifPresent(start -> svg.append(sectionMark(section.name(), start * acrossRequest)));
    }
    return svg.toString();
  }

  private static String rectangle(PlannedTensor tensor, double acrossRequest, double upByte) {
    double height = Math.max(SMALLEST_HEIGHT, tensor.sizeBytes() * upByte);
    return String.format(
        Locale.ROOT,
        "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"hsl(%d 55%% 68%%)\">"
            + "<title>%s: %s at %,d, requests %d to %d</title></rect>%n",
        tensor.lower() * acrossRequest,
        HEIGHT - tensor.offsetBytes() * upByte - height,
        (tensor.upper() - tensor.lower()) * acrossRequest,
        height,
        Math.floorMod(tensor.name().hashCode(), 360),
        escaped(tensor.name()),
        bytes(tensor.sizeBytes()),
        tensor.offsetBytes(),
        tensor.lower(),
        tensor.upper());
  }

  private static String sectionMark(String name, double x) {
    return String.format(
        Locale.ROOT,
        "<line x1=\"%.2f\" x2=\"%.2f\" y1=\"0\" y2=\"%d\"/><text x=\"%.2f\" y=\"%d\">%s</text>%n",
        x,
        x,
        HEIGHT,
        x + 4,
        HEIGHT + 17,
        escaped(name));
  }

  private static List<PlannedTensor> tensors(MemoryPlan plan) {
    return plan.sections().stream().flatMap(section -> section.tensors().stream()).toList();
  }

  private static long end(MemoryPlan plan) {
    return tensors(plan).stream().mapToLong(PlannedTensor::upper).max().orElse(0);
  }

  private static String row(String name, String value) {
    return "<tr><td>%s</td><td>%s</td></tr>%n".formatted(name, value);
  }

  private static String bytes(long count) {
    return String.format(Locale.ROOT, "%.2f MiB (%,d bytes)", count / 1048576.0, count);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
