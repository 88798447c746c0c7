package org.memo.device.cuda;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.cudart.CudaGraphHandle;
import org.memo.bindings.cudart.CudaGraphs;
import org.memo.bindings.cudart.ExecutableGraphHandle;

/** The graphs of programs that differ only in numbers and places. */
final class GraphForm implements AutoCloseable {
  /** Inputs lie in two buffers in turn. */
  private static final int MAX_GRAPHS = 2;

  /** A form that could not be captured so often is not tried again. */
  private static final int MAX_FAILURES = 3;

  private final List<Known> graphs = new ArrayList<>(); // the newest last
  private int failures;

  private record Known(List<GivenCall> program, ExecutableGraphHandle graph) {}

  /** What equal programs have in common with others of their form. */
  static List<Object> of(List<GivenCall> program) {
    List<Object> form = new ArrayList<>(2 * program.size());
    for (GivenCall given : program) {
      form.add(given.stream());
      form.add(given.kind());
    }
    return form;
  }

  /** The graph of an equal program; null where none is kept. */
  @Nullable ExecutableGraphHandle equalTo(List<GivenCall> program) {
    for (Known known : graphs) {
      if (known.program.equals(program)) {
        graphs.remove(known);
        graphs.add(known);
        return known.graph;
      }
    }
    return null;
  }

  /** Keeps what was captured: in place of the oldest graph where that takes it over. */
  ExecutableGraphHandle keep(List<GivenCall> program, CudaGraphHandle captured) {
    ExecutableGraphHandle graph = null;
    if (graphs.size() == MAX_GRAPHS) {
      ExecutableGraphHandle oldest = graphs.removeFirst().graph;
      try {
        graph = CudaGraphs.update(oldest, captured) ? oldest : null;
      } finally {
        if (graph == null) {
          CudaGraphs.destroy(oldest);
        }
      }
    }
    if (graph == null) {
      graph = CudaGraphs.instantiate(captured);
    }
    graphs.add(new Known(program, graph));
    return graph;
  }

  void noteFailure() {
    failures++;
  }

  boolean mayBeCaptured() {
    return failures < MAX_FAILURES;
  }

  /** Launches that are queued are still done. */
  @Override
  public void close() {
    try (ClosingStack owned = new ClosingStack()) {
      graphs.forEach(known -> owned.own(() -> CudaGraphs.destroy(known.graph)));
      graphs.clear();
    }
  }
}
