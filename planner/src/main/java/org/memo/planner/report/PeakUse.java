package org.memo.planner.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.memo.planner.MemoryPlan;
import org.memo.planner.PlannedSection;
import org.memo.planner.PlannedTensor;

/**
 * What the slab holds at the first request at which most bytes are alive.
 *
 * @param request its index
 * @param bytes of each kind of tensor
 */
public record PeakUse(long request, Map<TensorKind, Long> bytes) {

  private record Change(long request, TensorKind kind, long bytes) {}

  /** Of a plan. */
  public static PeakUse of(MemoryPlan plan) {
    List<Change> changes = changes(plan);
    Map<TensorKind, Long> alive = new EnumMap<>(TensorKind.class);
    PeakUse peak = new PeakUse(0, Map.of());
    long total = 0;
    long highest = 0;
    for (Change change : changes) {
      alive.merge(change.kind(), change.bytes(), Long::sum);
      total += change.bytes();
      if (total > highest) {
        highest = total;
        peak = new PeakUse(change.request(), new EnumMap<>(alive));
      }
    }
    return peak;
  }

  /** In order of time; what ends at a moment makes room for what begins then. */
  private static List<Change> changes(MemoryPlan plan) {
    List<Change> changes = new ArrayList<>();
    for (PlannedSection section : plan.sections()) {
      for (PlannedTensor tensor : section.tensors()) {
        TensorKind kind = TensorKind.of(section.name(), tensor.name());
        changes.add(new Change(tensor.lower(), kind, tensor.sizeBytes()));
        changes.add(new Change(tensor.upper(), kind, -tensor.sizeBytes()));
      }
    }
    changes.sort(Comparator.comparingLong(Change::request).thenComparingLong(Change::bytes));
    return changes;
  }
}
