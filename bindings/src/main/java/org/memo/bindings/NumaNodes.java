package org.memo.bindings;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine's memory nodes, each near to some of its processors and cards. */
public final class NumaNodes {
  /** {@code mbind} of x86-64; libc has no function of that name. */
  private static final long SYS_MBIND = 237;

  /** Takes pages of another node where the preferred one is full. */
  private static final long MPOL_PREFERRED = 1;

  private NumaNodes() {}

  /** How many there are; 1 where Linux does not say. */
  public static int count() {
    int count = 0;
    try (DirectoryStream<Path> nodes =
        Files.newDirectoryStream(Path.of("/sys/devices/system/node"), "node[0-9]*")) {
      for (Path ignored : nodes) {
        count++;
      }
    } catch (IOException e) {
      return 1;
    }
    return Math.max(1, count);
  }

  /**
   * Asks for the pages of {@code memory}, page-aligned and not yet touched, from a node.
   *
   * @param node from 0 to 63
   * @return whether the system took the wish; it need not, as in some containers
   */
  public static boolean prefer(MemorySegment memory, int node) {
    if (node < 0 || node >= Long.SIZE) {
      throw new IllegalArgumentException("node=" + node + " is not in [0, 64)");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocateFrom(JAVA_LONG, 1L << node);
      // The kernel reads one bit less than it is told.
      return (long)
              syscall()
                  .invokeExact(
                      SYS_MBIND,
                      memory.address(),
                      memory.byteSize(),
                      MPOL_PREFERRED,
                      mask,
                      Long.SIZE + 1L,
                      0L)
          == 0;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("syscall", e);
    }
  }

  /** {@code long syscall(long number, ...)} with mbind's arguments. */
  private static MethodHandle syscall() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find("syscall").orElseThrow(),
        FunctionDescriptor.of(
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            ValueLayout.ADDRESS,
            JAVA_LONG,
            JAVA_LONG),
        Linker.Option.firstVariadicArg(1));
  }
}
