package org.memo.bindings;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The libraries of the CUDA device, each loaded once a process when it is first needed: the CUDA
 * runtime, cuBLASLt, our CUDA kernels and those for attention, without which there is no CUDA
 * device, and cuDNN and NCCL, each of which may be missing.
 *
 * <p>NVIDIA's are taken from the first of these places that holds the file: the folders in the
 * system property or the environment variable {@code MEMO_CUDA_LIBRARIES}; the CUDA toolkits of
 * {@code CUDA_HOME}, {@code CUDA_PATH} and {@code /usr/local/cuda*}; the folders {@code nvidia/*}
 * of the Python packages of {@code VIRTUAL_ENV}, {@code CONDA_PREFIX} and the {@code python3} on
 * the {@code PATH}, which is asked; the system's path. Ours are taken from {@code
 * MEMO_CUDA_LIBRARIES}, else as {@link NativeLibraries} says.
 *
 * <p>A machine without them is a normal answer: {@link #missing()} says why. Whether there is a
 * driver and a GPU is not asked here.
 */
public final class CudaLibraries {
  private static @Nullable CudaLoader loader;

  private CudaLibraries() {}

  /**
   * Loads what a CUDA device needs; does nothing when that is loaded.
   *
   * @throws MissingLibraryException where one is missing, cannot be loaded or is too old
   */
  public static void load() {
    missing()
        .ifPresent(reason -> {
          throw new MissingLibraryException(reason);
        });
  }

  /** Why no CUDA device can be used, in one sentence; empty when all that it needs is loaded. */
  public static Optional<String> missing() {
    return Stream.of(CudaLibrary.values())
        .filter(CudaLibrary::isRequired)
        .flatMap(library -> reason(library).stream())
        .findFirst();
  }

  /**
   * Why one library is not used, in one sentence; empty when it is loaded.
   *
   * @param library "cudart", "cublaslt", "cuda", "flash", "cudnn" or "nccl"
   */
  public static Optional<String> missing(String library) {
    return reason(CudaLibrary.of(library));
  }

  /** What became of each library, in the order of loading; loads them. */
  public static List<CudaLibraryReport> report() {
    return Stream.of(CudaLibrary.values()).map(CudaLibraries::report).toList();
  }

  /**
   * The address of a function; for the generated bindings.
   *
   * @param library as in {@link #missing(String)}
   * @throws MissingLibraryException where the library is not used or lacks the function
   */
  public static MemorySegment symbol(String library, String name) {
    return outcome(CudaLibrary.of(library))
        .requireLookup()
        .find(name)
        .orElseThrow(() ->
            new MissingLibraryException(
                "the native library %s has no function %s: it is of another version"
                    .formatted(library, name)));
  }

  private static Optional<String> reason(CudaLibrary library) {
    String reason = outcome(library).reason();
    return reason.isEmpty() ? Optional.empty() : Optional.of(reason);
  }

  private static CudaLibraryReport report(CudaLibrary library) {
    CudaLoader.Outcome outcome = outcome(library);
    return new CudaLibraryReport(
        library.title(),
        library.isRequired(),
        Optional.ofNullable(outcome.report()),
        outcome.reason());
  }

  private static CudaLoader.Outcome outcome(CudaLibrary library) {
    try {
      return loader().outcome(library);
    } catch (MissingLibraryException wrongFolder) {
      return CudaLoader.Outcome.missing(wrongFolder);
    }
  }

  private static synchronized CudaLoader loader() {
    CudaLoader result = loader;
    if (result == null) {
      result = CudaLoader.ofEnvironment();
      loader = result;
    }
    return result;
  }
}
