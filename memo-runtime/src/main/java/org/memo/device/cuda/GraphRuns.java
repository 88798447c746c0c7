package org.memo.device.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.cudart.CudaEventHandle;
import org.memo.bindings.cudart.CudaGraphHandle;
import org.memo.bindings.cudart.CudaGraphs;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.bindings.cudart.ExecutableGraphHandle;

/**
 * Collects what the streams are given until the host waits, and gives it to the GPU as one CUDA
 * graph. The first time that a form of program comes it runs call by call, which reserves and
 * chooses what it needs; from the second time on it is captured. A program that equals an earlier
 * one is launched again as it is; one of the same form updates an earlier graph.
 *
 * <p>Graphs run one after the other on a stream of their own, after all that ran call by call
 * before them and before all that does after them.
 */
final class GraphRuns implements AutoCloseable {
  private static final int MAX_FORMS = 16;

  private final HostWait waits;
  private final ClosingStack owned = new ClosingStack();
  private final CudaStreamHandle launching;
  private final CudaEventHandle launched;
  private final CudaEventHandle captureBegin;
  private final Map<CudaStream, CudaEventHandle> ends = new LinkedHashMap<>();
  private final Map<List<Object>, GraphForm> forms = new LinkedHashMap<>(16, 0.75f, true);
  private List<GivenCall> pending = new ArrayList<>();
  private long newestRun;
  private long passedRun;
  private long captures;
  private boolean streamsMustWait;

  GraphRuns(HostWait waits) {
    this.waits = waits;
    try {
      launching = CudaStreams.createStream();
      owned.own(() -> CudaStreams.destroy(launching));
      launched = event();
      captureBegin = event();
      owned.own(() -> waits.untilEnded(launching));
    } catch (RuntimeException e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  /** Lets a stream take part. */
  void register(CudaStream stream) {
    ends.put(stream, event());
  }

  void add(CudaStream stream, StreamCall call) {
    pending.add(new GivenCall(stream, call));
  }

  /** Forgets all graphs: something whose address they hold has moved. */
  void forget() {
    try (ClosingStack graphs = new ClosingStack()) {
      forms.values().forEach(form -> graphs.own(form::close));
      forms.clear();
    }
  }

  /** Gives everything to the GPU where the event's newest record is not there yet. */
  void startWhatRecords(CudaEvent event) {
    StreamCall recording = new StreamCall.RecordEvent(event);
    if (pending.stream().anyMatch(given -> given.call().equals(recording))) {
      start();
    }
  }

  /** Gives everything to the GPU. */
  void start() {
    List<GivenCall> program = pending;
    pending = new ArrayList<>();
    if (program.isEmpty()) {
      return;
    }
    List<Object> name = GraphForm.of(program);
    GraphForm form = forms.get(name);
    if (form == null && program.stream().noneMatch(GivenCall::needsOtherRanks)) {
      forgetTheOldestForm();
      forms.put(name, new GraphForm());
    }
    ExecutableGraphHandle graph = form == null ? null : graph(program, form);
    if (graph == null) {
      runCallByCall(program);
    } else {
      run(graph, program);
    }
  }

  /** Waits until a run has been passed. */
  void waitFor(long run) {
    if (run > passedRun) {
      waitForAll();
    }
  }

  void waitForAll() {
    waits.until(launching);
    passedRun = newestRun;
  }

  /** For people. */
  String report() {
    return "CUDA graphs: %d launched, %d captured".formatted(newestRun, captures);
  }

  @Override
  public void close() {
    owned.own(this::forget);
    owned.close();
  }

  private void forgetTheOldestForm() {
    if (forms.size() == MAX_FORMS) {
      List<Object> oldest = forms.keySet().iterator().next();
      Objects.requireNonNull(forms.remove(oldest)).close();
    }
  }

  private void runCallByCall(List<GivenCall> program) {
    if (streamsMustWait) {
      ends.keySet().forEach(stream -> CudaStreams.awaitEvent(stream.handle(), launched));
      streamsMustWait = false;
    }
    program.forEach(given -> given.stream().attempt(given.call()));
  }

  private void run(ExecutableGraphHandle graph, List<GivenCall> program) {
    try {
      ends.forEach((stream, end) -> {
        CudaStreams.record(end, stream.handle());
        CudaStreams.awaitEvent(launching, end);
      });
      CudaGraphs.launch(graph, launching);
      CudaStreams.record(launched, launching);
    } catch (RuntimeException e) {
      streamsOf(program).forEach(stream -> stream.fail("the launch of a graph", e));
      return;
    }
    newestRun++;
    streamsMustWait = true;
    for (GivenCall given : program) {
      if (given.call() instanceof StreamCall.RecordEvent recording) {
        recording.event().setRecorded(given.stream(), newestRun);
      }
    }
  }

  /** The graph of a program; null where it has to run call by call. */
  private @Nullable ExecutableGraphHandle graph(List<GivenCall> program, GraphForm form) {
    if (!form.mayBeCaptured() || program.stream().anyMatch(given -> given.stream().hasFailed())) {
      return null;
    }
    ExecutableGraphHandle known = form.equalTo(program);
    if (known != null) {
      return known;
    }
    try {
      CudaGraphHandle captured = capture(program);
      try {
        return form.keep(program, captured);
      } finally {
        CudaGraphs.destroy(captured);
      }
    } catch (RuntimeException e) {
      form.noteFailure(); // what is wrong with a call shows when it runs by itself
      // The capture has replaced the newest records of events: none can be waited for any more.
      ends.keySet().forEach(CudaStream::waitForGiven);
      return null;
    }
  }

  private CudaGraphHandle capture(List<GivenCall> program) {
    captures++;
    Set<CudaStream> streams = streamsOf(program);
    CudaGraphs.beginCapture(launching);
    try {
      CudaStreams.record(captureBegin, launching);
      streams.forEach(stream -> CudaStreams.awaitEvent(stream.handle(), captureBegin));
      program.forEach(given -> given.stream().execute(given.call(), newestRun + 1));
      for (CudaStream stream : streams) {
        CudaEventHandle end = Objects.requireNonNull(ends.get(stream));
        CudaStreams.record(end, stream.handle());
        CudaStreams.awaitEvent(launching, end);
      }
    } catch (RuntimeException e) {
      abandonCapture(e);
      throw e;
    }
    return CudaGraphs.endCapture(launching);
  }

  private void abandonCapture(RuntimeException failure) {
    try {
      CudaGraphs.destroy(CudaGraphs.endCapture(launching));
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private static Set<CudaStream> streamsOf(List<GivenCall> program) {
    Set<CudaStream> streams = new LinkedHashSet<>();
    program.forEach(given -> streams.add(given.stream()));
    return streams;
  }

  private CudaEventHandle event() {
    CudaEventHandle event = CudaStreams.createEvent();
    owned.own(() -> CudaStreams.destroy(event));
    return event;
  }
}
