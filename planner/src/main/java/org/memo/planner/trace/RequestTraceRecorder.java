package org.memo.planner.trace;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.memo.planner.trace.RequestTrace.Pass;
import org.memo.planner.trace.RequestTrace.Section;

/**
 * Writes down memory requests as they are made. It is the place where a step that could not be
 * repeated is caught: a phase must free what it allocates, and only that.
 *
 * <pre>{@code
 * RequestTraceRecorder recorder = new RequestTraceRecorder();
 * recorder.beginSection(RequestTrace.SETUP);
 * recorder.malloc("weights", 4096);
 * recorder.beginSection("micro-batch");
 * long logits = recorder.malloc("logits", 1024);
 * recorder.free(logits);
 * RequestTrace trace = recorder.trace();
 * }</pre>
 *
 * <p>Every call but {@code malloc} with a wrong size throws {@link IllegalStateException} when it
 * breaks a rule of {@link RequestTrace}. Not thread-safe: requests have one order.
 */
public final class RequestTraceRecorder {

  private final List<Section> finishedSections = new ArrayList<>();
  private final List<Request> requests = new ArrayList<>();
  private final List<Pass> passes = new ArrayList<>();
  private final List<String> names = new ArrayList<>(); // by id
  private final Set<Long> liveOfSection = new LinkedHashSet<>();
  private String sectionName = "";
  private String passKind = ""; // of the open pass
  private int passFirst;

  /** Ends the section recorded so far and starts the next. Names must differ. */
  public void beginSection(String name) {
    finishSection();
    if (name.isEmpty() || finishedSections.stream().anyMatch(s -> s.name().equals(name))) {
      throw new IllegalStateException(
          "section name '%s' is empty or was used before".formatted(name));
    }
    if (name.equals(RequestTrace.SETUP) && !finishedSections.isEmpty()) {
      throw new IllegalStateException(
          "section %s must come first, before %s"
              .formatted(name, finishedSections.getFirst().name()));
    }
    sectionName = name;
  }

  /**
   * Marks the requests up to {@link #endPass} as one pass through a layer. Passes of one kind
   * should make the same requests, and be in one section; a pass holds no other.
   */
  public void beginPass(String kind) {
    requireSection("beginPass of " + kind);
    requireNoPass("pass " + kind + " begins");
    if (kind.isEmpty()) {
      throw new IllegalStateException("a pass's kind must not be empty");
    }
    passKind = kind;
    passFirst = requests.size();
  }

  /** Ends the pass begun last. What it allocated may live on. */
  public void endPass() {
    if (passKind.isEmpty()) {
      throw new IllegalStateException("endPass comes without beginPass");
    }
    passes.add(new Pass(passKind, passFirst, requests.size()));
    passKind = "";
  }

  /**
   * Records an allocation.
   *
   * @return the tensor's id, for {@link #free}
   * @throws IllegalArgumentException if the size is not above 0
   */
  public long malloc(String name, long sizeBytes) {
    requireSection("malloc of " + name);
    if (sizeBytes <= 0) {
      throw new IllegalArgumentException(
          "tensor %s asks for %d bytes; the size must be above 0".formatted(name, sizeBytes));
    }
    long id = names.size();
    names.add(name);
    liveOfSection.add(id);
    requests.add(new Request.Malloc(id, name, sizeBytes));
    return id;
  }

  /** Records that a tensor of the present section is no longer needed. */
  public void free(long id) {
    requireSection("free of tensor " + id);
    if (!liveOfSection.remove(id)) {
      throw new IllegalStateException(
          "section %s frees tensor %s, which it did not allocate or has freed before"
              .formatted(sectionName, describe(id)));
    }
    requests.add(new Request.Free(id));
  }

  /** Ends the recording's last section and returns all of them. */
  public RequestTrace trace() {
    finishSection();
    return new RequestTrace(finishedSections);
  }

  private void finishSection() {
    if (sectionName.isEmpty()) {
      return;
    }
    requireNoPass("section " + sectionName + " ends");
    if (!sectionName.equals(RequestTrace.SETUP) && !liveOfSection.isEmpty()) {
      throw new IllegalStateException(
          "section %s ends without freeing %s; a phase must free all that it allocates"
              .formatted(sectionName, liveOfSection.stream().map(this::describe).toList()));
    }
    finishedSections.add(new Section(sectionName, requests, passes));
    requests.clear();
    passes.clear();
    liveOfSection.clear();
    sectionName = "";
  }

  private String describe(long id) {
    return id >= 0 && id < names.size() ? names.get((int) id) + " (id " + id + ")" : "id " + id;
  }

  private void requireNoPass(String what) {
    if (!passKind.isEmpty()) {
      throw new IllegalStateException(what + " within pass " + passKind);
    }
  }

  private void requireSection(String what) {
    if (sectionName.isEmpty()) {
      throw new IllegalStateException(what + " comes before beginSection");
    }
  }
}
