package org.memo.planner.swap;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** What would have to be there for anything to fit. */
final class SmallestBudgets {

  private final ResidencyModel model;
  private final Budgets budgets;

  SmallestBudgets(ResidencyModel model) {
    this.model = model;
    this.budgets = model.budgets();
  }

  /** Says that nothing fits. */
  ResidencyException exception() {
    return new ResidencyException(budgets, slabBytes(), hostBytes());
  }

  /** With the host memory given; keeping nothing there is always possible. */
  private long slabBytes() {
    return leanest().stream()
        .filter(counts -> model.copiedBytes(counts) <= budgets.hostBytes())
        .mapToLong(model::slabBytes)
        .min()
        .orElseThrow();
  }

  /** With the slab given. */
  private OptionalLong hostBytes() {
    return leanest().stream()
        .filter(counts -> model.slabBytes(counts) <= budgets.slabBytes())
        .mapToLong(model::copiedBytes)
        .min();
  }

  /** For each number of layers that copy, those choices of the others that can be smallest. */
  private List<FormCounts> leanest() {
    List<FormCounts> all = new ArrayList<>();
    for (int swapped = 0; swapped <= budgets.layers(); swapped++) {
      for (int fromHost = 0; fromHost <= budgets.layers() - swapped; fromHost++) {
        int staying = budgets.layers() - swapped - fromHost;
        all.add(new FormCounts(staying, 0, swapped, 0, fromHost, 0));
        all.add(new FormCounts(0, staying, swapped, 0, fromHost, 0));
        all.add(new FormCounts(0, 0, swapped, staying, fromHost, 0));
      }
    }
    all.removeIf(counts -> model.copiedBytes(counts) > 0 && !canCopy());
    return all;
  }

  private boolean canCopy() {
    return budgets.offloadBytesPerSecond() > 0 && budgets.prefetchBytesPerSecond() > 0;
  }
}
