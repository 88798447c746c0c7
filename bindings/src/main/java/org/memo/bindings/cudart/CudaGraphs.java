package org.memo.bindings.cudart;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.memo.bindings.cudart.generated.CudaRt;
import org.memo.bindings.cudart.generated.cudaGraphExecUpdateResultInfo;

/** Work of streams that is recorded once and launched as a whole. */
public final class CudaGraphs {
  private CudaGraphs() {}

  /**
   * What the stream is given from now on is recorded and not done, and so is what other streams are
   * given that wait for its events. Calls of other threads are not hindered.
   */
  public static void beginCapture(CudaStreamHandle stream) {
    CudaStatus.check(
        CudaRt.cudaStreamBeginCapture(stream.pointer(), CudaRt.cudaStreamCaptureModeThreadLocal()),
        "cudaStreamBeginCapture",
        "stream",
        stream);
  }

  /**
   * What was recorded since {@link #beginCapture}; every stream of it has come back to this one.
   */
  public static CudaGraphHandle endCapture(CudaStreamHandle stream) {
    return new CudaGraphHandle(
        CudaStatus.writtenPointer(
            "cudaStreamEndCapture", slot -> CudaRt.cudaStreamEndCapture(stream.pointer(), slot)));
  }

  /** Makes recorded work ready to launch. */
  public static ExecutableGraphHandle instantiate(CudaGraphHandle graph) {
    return new ExecutableGraphHandle(
        CudaStatus.writtenPointer(
            "cudaGraphInstantiate", slot -> CudaRt.cudaGraphInstantiate(slot, graph.pointer(), 0)));
  }

  /**
   * Takes over the arguments of a graph of the same form.
   *
   * @return whether it has; otherwise nothing has changed and {@link #instantiate} is needed
   */
  public static boolean update(ExecutableGraphHandle executable, CudaGraphHandle graph) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(cudaGraphExecUpdateResultInfo.layout());
      int status = CudaRt.cudaGraphExecUpdate(executable.pointer(), graph.pointer(), result);
      if (status == CudaRt.cudaErrorGraphExecUpdateFailure()) {
        CudaException.clearLastError();
        return false;
      }
      CudaStatus.check(status, "cudaGraphExecUpdate", "executable", executable);
      return true;
    }
  }

  /** Enqueues all of it on the stream. */
  public static void launch(ExecutableGraphHandle executable, CudaStreamHandle stream) {
    int status = CudaRt.cudaGraphLaunch(executable.pointer(), stream.pointer());
    if (status != CudaRt.cudaSuccess()) {
      throw CudaException.of("cudaGraphLaunch", status, "executable stream", executable, stream);
    }
  }

  /** An executable graph made of it stays. */
  public static void destroy(CudaGraphHandle graph) {
    CudaStatus.check(CudaRt.cudaGraphDestroy(graph.pointer()), "cudaGraphDestroy", "graph", graph);
  }

  /** Launches that are enqueued are still done. */
  public static void destroy(ExecutableGraphHandle executable) {
    CudaStatus.check(
        CudaRt.cudaGraphExecDestroy(executable.pointer()),
        "cudaGraphExecDestroy",
        "executable",
        executable);
  }
}
