package org.memo.bindings.cudart;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.memo.bindings.cudart.generated.CudaRt;

/**
 * Streams of the current device, and events that order and time them. Streams do not wait for the
 * default stream.
 */
public final class CudaStreams {
  private CudaStreams() {}

  /** A stream of the lowest priority. */
  public static CudaStreamHandle createStream() {
    return new CudaStreamHandle(
        CudaStatus.writtenPointer(
            "cudaStreamCreateWithFlags",
            slot -> CudaRt.cudaStreamCreateWithFlags(slot, CudaRt.cudaStreamNonBlocking())));
  }

  /** A stream whose waiting blocks start before those of the others. */
  public static CudaStreamHandle createUrgentStream() {
    int priority = highestPriority();
    return new CudaStreamHandle(
        CudaStatus.writtenPointer(
            "cudaStreamCreateWithPriority",
            slot ->
                CudaRt.cudaStreamCreateWithPriority(
                    slot, CudaRt.cudaStreamNonBlocking(), priority)));
  }

  /** Returns at once; what was enqueued is still done. */
  public static void destroy(CudaStreamHandle stream) {
    CudaStatus.check(
        CudaRt.cudaStreamDestroy(stream.pointer()), "cudaStreamDestroy", "stream", stream);
  }

  /** Waits until all that was enqueued is done. */
  public static void synchronize(CudaStreamHandle stream) {
    CudaStatus.check(
        CudaRt.cudaStreamSynchronize(stream.pointer()), "cudaStreamSynchronize", "stream", stream);
  }

  /** Whether all that was enqueued is done. */
  public static boolean isDone(CudaStreamHandle stream) {
    return CudaStatus.isDone(
        CudaRt.cudaStreamQuery(stream.pointer()), "cudaStreamQuery", "stream", stream);
  }

  /** What is enqueued from now on waits for what the event has recorded. */
  public static void awaitEvent(CudaStreamHandle stream, CudaEventHandle event) {
    int status =
        CudaRt.cudaStreamWaitEvent(
            stream.pointer(), event.pointer(), CudaRt.cudaEventWaitDefault());
    if (status != CudaRt.cudaSuccess()) {
      throw CudaException.of("cudaStreamWaitEvent", status, "stream event", stream, event);
    }
  }

  /** An event that orders work; cheaper than one that also times it. */
  public static CudaEventHandle createEvent() {
    return createEvent(CudaRt.cudaEventDisableTiming());
  }

  /** An event that orders and times work. */
  public static CudaEventHandle createTimingEvent() {
    return createEvent(CudaRt.cudaEventDefault());
  }

  /** Returns at once; a stream that waits for it still does. */
  public static void destroy(CudaEventHandle event) {
    CudaStatus.check(CudaRt.cudaEventDestroy(event.pointer()), "cudaEventDestroy", "event", event);
  }

  /** The event stands for all that the stream has been given so far. */
  public static void record(CudaEventHandle event, CudaStreamHandle stream) {
    int status = CudaRt.cudaEventRecord(event.pointer(), stream.pointer());
    if (status != CudaRt.cudaSuccess()) {
      throw CudaException.of("cudaEventRecord", status, "event stream", event, stream);
    }
  }

  /** Waits for what the event stands for; returns at once where nothing was recorded. */
  public static void synchronize(CudaEventHandle event) {
    CudaStatus.check(
        CudaRt.cudaEventSynchronize(event.pointer()), "cudaEventSynchronize", "event", event);
  }

  /** Whether what the event stands for is done. */
  public static boolean isDone(CudaEventHandle event) {
    return CudaStatus.isDone(
        CudaRt.cudaEventQuery(event.pointer()), "cudaEventQuery", "event", event);
  }

  /** Milliseconds on the device between two timing events that are done. */
  public static float elapsedMillis(CudaEventHandle start, CudaEventHandle end) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.JAVA_FLOAT);
      int status = CudaRt.cudaEventElapsedTime(slot, start.pointer(), end.pointer());
      if (status != CudaRt.cudaSuccess()) {
        throw CudaException.of("cudaEventElapsedTime", status, "start end", start, end);
      }
      return slot.get(ValueLayout.JAVA_FLOAT, 0);
    }
  }

  /**
   * Enqueues a call of the host: {@code function} is a {@code cudaHostFn_t} and gets {@code data}.
   * It runs on a thread of the driver, must call nothing of CUDA, and what is enqueued after it
   * waits for it.
   */
  public static void launchHostFunction(
      CudaStreamHandle stream, MemorySegment function, MemorySegment data) {
    CudaStatus.check(
        CudaRt.cudaLaunchHostFunc(stream.pointer(), function, data),
        "cudaLaunchHostFunc",
        "stream",
        stream);
  }

  private static CudaEventHandle createEvent(int flags) {
    return new CudaEventHandle(
        CudaStatus.writtenPointer(
            "cudaEventCreateWithFlags", slot -> CudaRt.cudaEventCreateWithFlags(slot, flags)));
  }

  /** Priorities are the more urgent the lower the number. */
  private static int highestPriority() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment least = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment greatest = arena.allocate(ValueLayout.JAVA_INT);
      CudaStatus.check(
          CudaRt.cudaDeviceGetStreamPriorityRange(least, greatest),
          "cudaDeviceGetStreamPriorityRange");
      return greatest.get(ValueLayout.JAVA_INT, 0);
    }
  }
}
