package org.memo.device.cuda;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/**
 * How a GPU is driven.
 *
 * @param ordinal of the GPU, from 0, as CUDA counts those that it may see
 * @param synchronous waits after each operation, so that an error names the operation that made it;
 *     slow
 * @param attentionEngine the start of the only attention engine's name that may be used; without it
 *     the fastest is
 * @param nondeterministicAttention whether the fastest may be one whose sums are in an order that
 *     depends on timing
 * @param attentionScratchBytes what an attention engine may take of the GPU's memory beside the
 *     slab; our own takes none
 * @param tunedProducts times cuBLASLt's first suggestions for a product instead of taking the
 *     first. Off by default: which is the fastest may differ from run to run, and the last bits of
 *     sums with it
 * @param graphs gives the GPU all work up to the next wait of the host at once, as a CUDA graph
 *     that is kept for when the same comes again. It saves the launches of many short kernels, and
 *     delays the start of long ones until all are known; stalls are then not measured
 */
public record CudaOptions(
    int ordinal,
    boolean synchronous,
    Optional<String> attentionEngine,
    boolean nondeterministicAttention,
    long attentionScratchBytes,
    boolean tunedProducts,
    boolean graphs) {
  /** The setting of {@link #synchronous}: 1 or 0. */
  public static final String SYNC = "MEMO_CUDA_SYNC";

  /** The setting of {@link #attentionEngine}. */
  public static final String ATTENTION = "MEMO_CUDA_ATTENTION";

  /** The setting of {@link #nondeterministicAttention}: 1 or 0. */
  public static final String NONDETERMINISTIC = "MEMO_CUDA_NONDETERMINISTIC";

  /** The setting of {@link #tunedProducts}: 1 or 0. */
  public static final String TUNE = "MEMO_CUDA_TUNE";

  /** The setting of {@link #graphs}: 1 or 0. */
  public static final String GRAPH = "MEMO_CUDA_GRAPH";

  /** A third of a percent of an 80 GB card: no plan need count it. */
  private static final long ATTENTION_SCRATCH_BYTES = 256L << 20;

  public CudaOptions {
    if (ordinal < 0) {
      throw new IllegalArgumentException("ordinal=" + ordinal + " is negative");
    }
  }

  /** As the system properties, or else the environment variables, of the names above say. */
  public static CudaOptions ofEnvironment(int ordinal) {
    return new CudaOptions(
        ordinal,
        isOn(SYNC),
        namedEngine(),
        isOn(NONDETERMINISTIC),
        ATTENTION_SCRATCH_BYTES,
        isOn(TUNE),
        isOn(GRAPH));
  }

  /** The same, {@link #synchronous}. */
  public CudaOptions waitingAfterEachOperation() {
    return new CudaOptions(
        ordinal,
        true,
        attentionEngine,
        nondeterministicAttention,
        attentionScratchBytes,
        tunedProducts,
        graphs);
  }

  /** The same with {@link #tunedProducts}. */
  public CudaOptions tuningProducts() {
    return new CudaOptions(
        ordinal,
        synchronous,
        attentionEngine,
        nondeterministicAttention,
        attentionScratchBytes,
        true,
        graphs);
  }

  /** The same with one {@link #attentionEngine} only. */
  public CudaOptions withAttentionEngine(String name) {
    return new CudaOptions(
        ordinal,
        synchronous,
        Optional.of(name),
        nondeterministicAttention,
        attentionScratchBytes,
        tunedProducts,
        graphs);
  }

  /** The same with {@link #graphs}. */
  public CudaOptions withGraphs() {
    return new CudaOptions(
        ordinal,
        synchronous,
        attentionEngine,
        nondeterministicAttention,
        attentionScratchBytes,
        tunedProducts,
        true);
  }

  /** Whether an attention engine may be used, as far as its name goes. */
  boolean mayUse(String engine) {
    return attentionEngine.isEmpty() || isNameOf(engine, attentionEngine.get());
  }

  private static Optional<String> namedEngine() {
    String name = setting(ATTENTION);
    if (name == null || name.isBlank()) {
      return Optional.empty();
    }
    if (!isNameOf(FlashEngine.NAME, name) && !isNameOf(CudaDevice.CUDNN, name)) {
      throw new UserInputException(
          "%s is \"%s\"; valid is the start of \"%s\" or of \"%s\""
              .formatted(ATTENTION, name, FlashEngine.NAME, CudaDevice.CUDNN));
    }
    return Optional.of(name);
  }

  /** Of an engine and a name either may go on: by a version, or by what makes it clear. */
  private static boolean isNameOf(String engine, String name) {
    return engine.startsWith(name) || name.startsWith(engine);
  }

  private static boolean isOn(String name) {
    String value = setting(name);
    return switch (value == null ? "0" : value.toLowerCase(Locale.ROOT)) {
      case "1", "true" -> true;
      case "0", "false", "" -> false;
      default ->
          throw new UserInputException("%s is \"%s\"; valid are 0 and 1".formatted(name, value));
    };
  }

  private static @Nullable String setting(String name) {
    return System.getProperty(name, System.getenv(name));
  }
}
