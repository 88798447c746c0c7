package org.memo.planner.report;

import java.util.List;
import org.memo.planner.MemoryPlan;

/**
 * Everything that a {@link PlanPage} shows.
 *
 * @param title the page's heading, such as the model
 * @param subtitle what was planned for, in one line
 * @param headlines the few totals to be seen first
 * @param totals all of them
 * @param ranks of which the plan is one's, or {@link RankGrid#SINGLE}
 * @param memory the slab
 * @param passes through layers, in the plan's time; empty where they are not known
 * @param device the slab's share of device memory
 * @param host the pinned pool's share of host memory
 * @param timeline of a step's streams, or {@link Timeline#NONE}
 */
public record PlanView(
    String title,
    String subtitle,
    List<Total> headlines,
    List<Total> totals,
    RankGrid ranks,
    MemoryPlan memory,
    List<LayerPass> passes,
    Budget device,
    Budget host,
    Timeline timeline) {

  /**
   * A figure for people.
   *
   * @param hint what it means or is made of; may be empty
   */
  public record Total(String label, String value, String hint) {}

  public PlanView {
    headlines = List.copyOf(headlines);
    totals = List.copyOf(totals);
    passes = List.copyOf(passes);
  }

  /** Without a picture of ranks. */
  public PlanView(
      String title,
      String subtitle,
      List<Total> headlines,
      List<Total> totals,
      MemoryPlan memory,
      List<LayerPass> passes,
      Budget device,
      Budget host,
      Timeline timeline) {
    this(
        title,
        subtitle,
        headlines,
        totals,
        RankGrid.SINGLE,
        memory,
        passes,
        device,
        host,
        timeline);
  }
}
