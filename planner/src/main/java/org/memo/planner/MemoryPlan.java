package org.memo.planner;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Validator;
import org.memo.planner.allocation.bilevel.BilevelPlan;
import org.memo.planner.allocation.bilevel.BilevelPlanner;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.TensorLife;

/**
 * The address of every tensor of a training job in one pre-reserved slab. Whoever executes it
 * reserves {@code slabBytes} once, starting at a multiple of {@code alignmentBytes}, and answers
 * the n-th allocation of a section by the n-th tensor of that section. Every plan that exists is
 * valid: the constructor checks what a solver or a file says.
 *
 * @param alignmentBytes offsets are multiples of this, and so is the room that a tensor takes
 * @param slabBytes bytes to reserve, a multiple of the alignment
 * @param lowerBoundBytes the most that is alive at one moment; no plan needs less
 * @param level1Optimal whether each kind of layer pass was planned by itself and proved to be as
 *     low as can be; said by the planner, as the tensors do not show it
 * @param sections in the order of the trace
 */
public record MemoryPlan(
    long alignmentBytes,
    long slabBytes,
    long lowerBoundBytes,
    boolean level1Optimal,
    List<PlannedSection> sections) {

  /** A cache line and its neighbour, the widest vector register, and a GPU's memory transaction. */
  public static final long DEFAULT_ALIGNMENT_BYTES = 128;

  /** A training step needs none of it; it is for traces on which the heuristics fail. */
  private static final Duration SEARCH_TIMEOUT = Duration.ofSeconds(5);

  /**
   * @throws IllegalArgumentException saying what is wrong, if tensors that are alive together share
   *     bytes, if a figure does not follow from the tensors, or if a phase could not be repeated
   */
  public MemoryPlan {
    sections = List.copyOf(sections);
    List<PlannedTensor> tensors =
        sections.stream().flatMap(section -> section.tensors().stream()).toList();
    Problem problem = problem(tensors.stream().map(PlannedTensor::life).toList(), alignmentBytes);
    PhaseRules.require(sections);
    List<Long> offsets = tensors.stream().map(PlannedTensor::offsetBytes).toList();
    Validator.requireValid(problem, new Solution(offsets, slabBytes));
    long provenBytes = LowerBound.of(problem);
    if (lowerBoundBytes != provenBytes) {
      throw new IllegalArgumentException(
          "the lower bound is stated as %d bytes, but %d are alive together at most"
              .formatted(lowerBoundBytes, provenBytes));
    }
  }

  /** The plan for a trace on two levels. */
  public static MemoryPlan of(RequestTrace trace) {
    return of(trace, Limits.of(SEARCH_TIMEOUT));
  }

  /** The same with other limits for each of the planner's searches. */
  public static MemoryPlan of(RequestTrace trace, Limits limits) {
    BilevelPlan plan = new BilevelPlanner(limits).plan(trace, DEFAULT_ALIGNMENT_BYTES);
    return of(trace, plan);
  }

  /** The plan that was made for a trace with the {@link #DEFAULT_ALIGNMENT_BYTES}. */
  public static MemoryPlan of(RequestTrace trace, BilevelPlan plan) {
    return new MemoryPlan(
        DEFAULT_ALIGNMENT_BYTES,
        plan.solution().peakBytes(),
        plan.lowerBoundBytes(),
        plan.isLevelOneOptimal(),
        sections(trace, plan.solution()));
  }

  private static List<PlannedSection> sections(RequestTrace trace, Solution solution) {
    Iterator<TensorLife> nextLife = trace.lives().iterator();
    Iterator<Long> nextOffset = solution.offsetsBytes().iterator();
    List<PlannedSection> sections = new ArrayList<>();
    for (RequestTrace.Section section : trace.sections()) {
      List<PlannedTensor> tensors = new ArrayList<>();
      for (int left = section.tensorCount(); left > 0; left--) {
        tensors.add(planned(nextLife.next(), nextOffset.next()));
      }
      sections.add(new PlannedSection(section.name(), tensors));
    }
    return sections;
  }

  /**
   * The section of this name.
   *
   * @throws IllegalArgumentException if there is none, naming those that there are
   */
  public PlannedSection section(String name) {
    return sections.stream()
        .filter(section -> section.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "the plan has no section %s, only %s"
                    .formatted(name, sections.stream().map(PlannedSection::name).toList())));
  }

  /** The part of the slab that is lost to packing: 0 means that the plan is optimal. */
  public double fragmentation() {
    return slabBytes == 0 ? 0 : (double) (slabBytes - lowerBoundBytes) / slabBytes;
  }

  /** With sizes rounded up to the alignment, peak and lower bound count whole rooms. */
  private static Problem problem(List<TensorLife> lives, long alignmentBytes) {
    return new Problem(lives, alignmentBytes).withWholeRooms();
  }

  private static PlannedTensor planned(TensorLife life, long offsetBytes) {
    return new PlannedTensor(
        life.name(), life.lower(), life.upper(), life.sizeBytes(), offsetBytes);
  }
}
