package org.memo.bindings.kernels;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.memo.bindings.NativeLibraries;
import org.memo.bindings.OutOfHostMemoryException;
import org.memo.bindings.kernels.generated.MemoKernels;

/**
 * Owner of one zeroed, page-aligned range of host memory, which takes physical pages when it is
 * first touched. Any thread may use it. Nobody may be inside a native call with it when it is
 * closed: its owner waits for its streams first (a call that is still running makes {@link #close}
 * fail).
 */
public final class HostMemory implements AutoCloseable {
  private final Arena arena;
  private final MemorySegment segment;

  private HostMemory(Arena arena, MemorySegment segment) {
    this.arena = arena;
    this.segment = segment;
  }

  /**
   * Reserves {@code sizeBytes}, 1 or more.
   *
   * @param purpose what the memory is for, as an error message says it: "the device slab"
   * @throws OutOfHostMemoryException where the machine cannot give as much
   * @throws org.memo.bindings.MissingLibraryException where the kernels are missing
   */
  public static HostMemory reserve(String purpose, long sizeBytes) {
    NativeLibraries.load();
    long bytesFree = bytesFree();
    if (bytesFree >= 0 && sizeBytes > bytesFree) {
      // Linux promises more than it has; without this the process would be killed when it touches
      // the pages
      throw new OutOfHostMemoryException(purpose, sizeBytes, bytesFree);
    }
    MemorySegment address = reserveAddress(purpose, sizeBytes, bytesFree);
    Arena arena = Arena.ofShared();
    MemorySegment segment =
        address.reinterpret(sizeBytes, arena, range -> MemoKernels.memo_release(range, sizeBytes));
    return new HostMemory(arena, segment);
  }

  /** The whole range; valid until this owner is closed. */
  public MemorySegment segment() {
    return segment;
  }

  public long sizeBytes() {
    return segment.byteSize();
  }

  /** Gives the memory back; segments of it are refused from then on. Closing again does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  /**
   * The bytes that this process can still take without swapping, by the machine and by its control
   * group, or -1 where the system does not say.
   */
  public static long bytesFree() {
    long machine = machineBytesFree();
    long group = groupBytesFree();
    return machine >= 0 && group >= 0 ? Math.min(machine, group) : Math.max(machine, group);
  }

  private static long machineBytesFree() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemAvailable:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
      return -1;
    } catch (IOException e) {
      return -1;
    }
  }

  /** Control groups of version 2, as containers see their own; "max" is no limit. */
  private static long groupBytesFree() {
    try {
      Path group = Path.of("/sys/fs/cgroup");
      String limit = Files.readString(group.resolve("memory.max")).strip();
      String used = Files.readString(group.resolve("memory.current")).strip();
      return limit.equals("max") ? -1 : Long.parseLong(limit) - Long.parseLong(used);
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
  }

  private static MemorySegment reserveAddress(String purpose, long sizeBytes, long bytesFree) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment address = call.allocate(ValueLayout.ADDRESS);
      int status = MemoKernels.memo_reserve(sizeBytes, address);
      if (status == MemoKernels.MEMO_OUT_OF_MEMORY()) {
        throw new OutOfHostMemoryException(purpose, sizeBytes, bytesFree);
      }
      if (status != MemoKernels.MEMO_OK()) {
        throw KernelStatus.failure("memo_reserve", status, "size_bytes", sizeBytes);
      }
      return address.get(ValueLayout.ADDRESS, 0);
    }
  }
}
