package org.memo.device.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.memo.bindings.CudaLibraries;

/** What tests ask of the CUDA emulation, where that is what CUDA's libraries are. */
public final class CudaEmulation {
  private CudaEmulation() {}

  /** Whether there is no GPU behind CUDA's libraries. */
  public static boolean isUsed() {
    return lookup().find("memo_emulation_inject").isPresent();
  }

  /** Leaves the test out on a GPU. */
  public static void assume() {
    Assumptions.assumeTrue(isUsed(), "this is a GPU");
  }

  /** The {@code nth} call of a function from now on, 1 being the next, answers {@code error}. */
  public static void inject(String function, long nth, int error) {
    try (Arena arena = Arena.ofConfined()) {
      handle("memo_emulation_inject", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_INT))
          .invokeExact(arena.allocateFrom(function), nth, error);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** How often a function has been called. */
  public static long calls(String function) {
    try (Arena arena = Arena.ofConfined()) {
      return (long)
          handle("memo_emulation_calls", FunctionDescriptor.of(JAVA_LONG, ADDRESS))
              .invokeExact(arena.allocateFrom(function));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Makes the GPU whole again. */
  public static void forgetFailures() {
    try {
      handle("memo_emulation_forget_failures", FunctionDescriptor.ofVoid()).invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** What the GPU has of memory. */
  public static void setMemory(long bytes) {
    try {
      handle("memo_emulation_set_memory", FunctionDescriptor.ofVoid(JAVA_LONG)).invokeExact(bytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle handle(String function, FunctionDescriptor descriptor) {
    MemorySegment address = lookup().find(function).orElseThrow();
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  /** The file that is loaded already, so this finds and does not load. */
  private static SymbolLookup lookup() {
    CudaLibraries.load();
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .filter(line -> line.contains("/libcudart.so.13"))
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .findFirst()
          .map(file -> SymbolLookup.libraryLookup(file, Arena.global()))
          .orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
