package org.memo.planner.trace;

import java.util.Arrays;
import java.util.List;

/**
 * The memory requests of a training job, in order, cut into named sections. The section {@value
 * #SETUP}, if there is one, comes first and runs once: what it allocates and does not free lives to
 * the end of the trace. Each other section is a phase of a training step that is run again and
 * again, so all that it allocates it also frees. Made by {@link RequestTraceRecorder}, which holds
 * recordings to these rules.
 */
public final class RequestTrace {

  /** Name of the section that runs once, before the phases. */
  public static final String SETUP = "setup";

  /**
   * A layer's forward or backward: the requests [first, end) of a section. Passes of one kind are
   * meant to make the same requests; whoever relies on it checks it.
   */
  public record Pass(String kind, int first, int end) {}

  /**
   * A run of requests under one name.
   *
   * @param passes in order of time, none within another; what is between them is in no pass
   */
  public record Section(String name, List<Request> requests, List<Pass> passes) {
    public Section {
      requests = List.copyOf(requests);
      passes = List.copyOf(passes);
    }

    /** A section in which nothing is marked as a pass. */
    public Section(String name, List<Request> requests) {
      this(name, requests, List.of());
    }

    /** How many tensors this section allocates. */
    public int tensorCount() {
      return (int) requests.stream().filter(Request.Malloc.class::isInstance).count();
    }
  }

  private final List<Section> sections;

  RequestTrace(List<Section> sections) {
    this.sections = List.copyOf(sections);
  }

  /** The sections in the order in which they were recorded. */
  public List<Section> sections() {
    return sections;
  }

  /** How many requests there are in all sections: the end of time in this trace. */
  public long requestCount() {
    return sections.stream().mapToLong(section -> section.requests().size()).sum();
  }

  /** The lifespan of every tensor, in the order of allocation, over all sections. */
  public List<TensorLife> lives() {
    int count = sections.stream().mapToInt(Section::tensorCount).sum();
    TensorLife[] lives = new TensorLife[count];
    long endOfTime = requestCount();
    long now = 0;
    for (Section section : sections) {
      for (Request request : section.requests()) {
        int id = Math.toIntExact(request.id());
        switch (request) {
          case Request.Malloc malloc ->
              lives[id] = new TensorLife(malloc.name(), now, endOfTime, malloc.sizeBytes());
          case Request.Free free -> lives[id] = endingAt(lives[id], now);
        }
        now++;
      }
    }
    return Arrays.asList(lives);
  }

  private static TensorLife endingAt(TensorLife life, long upper) {
    return new TensorLife(life.name(), life.lower(), upper, life.sizeBytes());
  }
}
