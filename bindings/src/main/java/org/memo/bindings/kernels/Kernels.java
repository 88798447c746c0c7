package org.memo.bindings.kernels;

import static org.memo.bindings.Segments.requireBytes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.memo.bindings.NativeLibraries;
import org.memo.bindings.kernels.generated.MemoKernels;

/**
 * Memo's CPU kernels, checked, and what concerns all of them; the others are in the classes beside
 * this one. A segment that is too small for its shape is refused with an {@link
 * IllegalArgumentException} before the call, and an error of the kernel becomes a {@link
 * org.memo.bindings.NativeCallException}.
 *
 * <p>What each kernel computes is said in {@code memo_kernels.h}. All tensors are row-major and
 * native memory, of the storage type that a call names; counts are in elements. A call runs in the
 * calling thread and its OpenMP team and returns when the result is there. Call {@link
 * org.memo.bindings.NativeLibraries#load()} once before, which fails with a clear message where a
 * library is missing.
 */
public final class Kernels {
  private Kernels() {}

  /** The version of the loaded library's ABI. */
  public static int version() {
    NativeLibraries.load();
    return MemoKernels.memo_version();
  }

  /** The instruction set in use: "avx512", "avx2" or "portable". */
  public static String isa() {
    NativeLibraries.load();
    return MemoKernels.memo_isa().getString(0);
  }

  /** Switches the whole process to the named instruction set; for tests. */
  public static void useIsa(String name) {
    try (Arena arena = Arena.ofConfined()) {
      KernelStatus.check(
          "memo_use_isa", MemoKernels.memo_use_isa(arena.allocateFrom(name)), "name", name);
    }
  }

  /**
   * The OpenMP threads, 1 or more, that later calls from the calling thread use; also those of
   * oneDNN.
   */
  public static void setNumThreads(int numThreads) {
    NativeLibraries.load();
    KernelStatus.check(
        "memo_set_num_threads",
        MemoKernels.memo_set_num_threads(numThreads),
        "num_threads",
        numThreads);
  }

  /** How often kernels have grown their internal scratch memory since the library was loaded. */
  public static long scratchAllocations() {
    return MemoKernels.memo_scratch_allocations();
  }

  /**
   * Copies all of {@code source} to the start of {@code destination}, with the calling thread only.
   */
  public static void copy(MemorySegment destination, MemorySegment source) {
    long sizeBytes = source.byteSize();
    requireBytes("destination", sizeBytes, destination);
    KernelStatus.check(
        "memo_copy",
        MemoKernels.memo_copy(destination, source, sizeBytes),
        "size_bytes",
        sizeBytes);
  }

  /** Fills all of {@code destination} with zero bytes, with all threads. */
  public static void zero(MemorySegment destination) {
    long sizeBytes = destination.byteSize();
    KernelStatus.check(
        "memo_zero", MemoKernels.memo_zero(destination, sizeBytes), "size_bytes", sizeBytes);
  }
}
