package org.memo.device.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.memo.DoesNotFitException;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;

/**
 * Which engine computes attention: the fastest of those that may. Each that computes a problem is
 * timed on the operation that asks for it first, which writes the same results however often it
 * runs; forward and backward are problems of their own. Where only one engine may, or where it was
 * chosen in an earlier run, nothing is timed.
 */
final class AttentionChoice implements AutoCloseable {
  private final List<AttentionEngine> engines;
  private final List<String> missing;
  private final CudaOptions options;
  private final RememberedEngines remembered;
  private final Map<AttentionProblem, Chosen> chosen = new LinkedHashMap<>();

  /**
   * What was decided.
   *
   * @param reason for people: what each engine took, or why it was out of the question
   */
  private record Chosen(AttentionEngine engine, String reason) {}

  /**
   * Takes the engines over.
   *
   * @param missing why there are not more of them, one remark each
   */
  AttentionChoice(
      List<AttentionEngine> engines,
      List<String> missing,
      CudaOptions options,
      RememberedEngines remembered) {
    this.engines = List.copyOf(engines);
    this.missing = List.copyOf(missing);
    this.options = options;
    this.remembered = remembered;
  }

  void forward(FlashAttentionForward operation, SlabMemory slab, StreamScratch scratch) {
    AttentionProblem problem = AttentionProblem.of(operation);
    AttentionEngine engine =
        engineFor(problem, scratch, e -> e.forward(operation, queue(e, problem, slab, scratch)));
    engine.forward(operation, queue(engine, problem, slab, scratch));
  }

  void backward(FlashAttentionBackward operation, SlabMemory slab, StreamScratch scratch) {
    AttentionProblem problem = AttentionProblem.of(operation);
    AttentionEngine engine =
        engineFor(problem, scratch, e -> e.backward(operation, queue(e, problem, slab, scratch)));
    engine.backward(operation, queue(engine, problem, slab, scratch));
  }

  /** The choices so far, one line each. */
  List<String> report() {
    List<String> lines = new ArrayList<>();
    chosen.forEach((problem, choice) -> lines.add(problem + ": " + choice.reason()));
    return lines;
  }

  @Override
  public void close() {
    try (ClosingStack owned = new ClosingStack()) {
      engines.forEach(engine -> owned.own(engine::close));
    }
  }

  private static AttentionQueue queue(
      AttentionEngine engine, AttentionProblem problem, SlabMemory slab, StreamScratch scratch) {
    long needed = Math.max(StreamScratch.BYTES, engine.workspaceBytes(problem));
    return new StreamAttention(slab, scratch, needed);
  }

  private AttentionEngine engineFor(
      AttentionProblem problem, StreamScratch scratch, Consumer<AttentionEngine> run) {
    AttentionProblem kind = problem.withSegmentsAtMostTwo();
    Chosen known = chosen.get(kind);
    if (known == null) {
      known = choose(kind, scratch, run);
      chosen.put(kind, known);
    }
    return known.engine;
  }

  private Chosen choose(
      AttentionProblem problem, StreamScratch scratch, Consumer<AttentionEngine> run) {
    List<AttentionEngine> candidates = new ArrayList<>();
    List<String> remarks = new ArrayList<>();
    for (AttentionEngine engine : engines) {
      Optional<String> refusal = refusal(engine, problem, scratch);
      if (refusal.isPresent()) {
        remarks.add("not %s (%s)".formatted(engine.name(), refusal.get()));
      } else {
        candidates.add(engine);
      }
    }
    if (candidates.isEmpty()) {
      remarks.addAll(missing);
      throw new UnsupportedOperationException(
          "no attention engine computes %s: %s".formatted(problem, String.join(", ", remarks)));
    }
    AttentionEngine fastest = candidates.getFirst();
    if (candidates.size() > 1) {
      fastest =
          remembered(problem, candidates, remarks)
              .orElseGet(() -> measured(problem, candidates, scratch, run, remarks));
    }
    String reasons = remarks.isEmpty() ? "" : "; " + String.join(", ", remarks);
    return new Chosen(fastest, fastest.name() + reasons);
  }

  private Optional<AttentionEngine> remembered(
      AttentionProblem problem, List<AttentionEngine> candidates, List<String> remarks) {
    Optional<String> name = remembered.engine(problem, names(candidates));
    Optional<AttentionEngine> engine =
        candidates.stream().filter(e -> name.equals(Optional.of(e.name()))).findFirst();
    engine.ifPresent(known -> remarks.add("the fastest when it was measured first"));
    return engine;
  }

  private AttentionEngine measured(
      AttentionProblem problem,
      List<AttentionEngine> candidates,
      StreamScratch scratch,
      Consumer<AttentionEngine> run,
      List<String> remarks) {
    AttentionEngine fastest = fastest(candidates, scratch, run, remarks);
    remembered.remember(problem, names(candidates), fastest.name());
    return fastest;
  }

  private static List<String> names(List<AttentionEngine> engines) {
    return engines.stream().map(AttentionEngine::name).toList();
  }

  private static AttentionEngine fastest(
      List<AttentionEngine> candidates,
      StreamScratch scratch,
      Consumer<AttentionEngine> run,
      List<String> remarks) {
    AttentionEngine fastest = candidates.getFirst();
    double shortest = Double.POSITIVE_INFINITY;
    for (AttentionEngine engine : candidates) {
      double millis = StreamClock.millis(scratch.stream(), () -> run.accept(engine));
      remarks.add("%s took %.3f ms".formatted(engine.name(), millis));
      if (millis < shortest) {
        shortest = millis;
        fastest = engine;
      }
    }
    return fastest;
  }

  private Optional<String> refusal(
      AttentionEngine engine, AttentionProblem problem, StreamScratch scratch) {
    Optional<String> named = options.attentionEngine();
    if (named.isPresent() && !engine.name().startsWith(named.get())) {
      return Optional.of(CudaOptions.ATTENTION + " names " + named.get());
    }
    Optional<String> refused = engine.refusal(problem);
    if (refused.isPresent()) {
      return refused;
    }
    if (!options.nondeterministicAttention() && !engine.isDeterministic(problem)) {
      return Optional.of("its sums are in no fixed order");
    }
    try {
      scratch.atLeast(engine.workspaceBytes(problem));
      return Optional.empty();
    } catch (DoesNotFitException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
