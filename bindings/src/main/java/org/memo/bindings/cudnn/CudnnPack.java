package org.memo.bindings.cudnn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SequencedMap;

/** The addresses that an execution of a plan works on, kept in native memory. */
public final class CudnnPack implements AutoCloseable {
  private final CudnnDescriptor pack;

  /**
   * The plan's real tensors and scratch.
   *
   * @param addresses device addresses by the tensors' ids; of scalars, host addresses that stay
   *     valid until the execution is queued
   * @param workspace device address of at least the plan's workspace
   */
  public CudnnPack(SequencedMap<Long, Long> addresses, long workspace) {
    pack = CudnnDescriptor.create(DescriptorKind.VARIANT_PACK);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ids = arena.allocate(JAVA_LONG, addresses.size());
      MemorySegment pointers = arena.allocate(ADDRESS, addresses.size());
      long count = 0;
      for (var entry : addresses.entrySet()) {
        ids.setAtIndex(JAVA_LONG, count, entry.getKey());
        pointers.setAtIndex(ADDRESS, count++, MemorySegment.ofAddress(entry.getValue()));
      }
      pack.set(Attribute.PACK_ADDRESSES, count, pointers);
      pack.set(Attribute.PACK_IDS, count, ids);
      pack.set(
          Attribute.PACK_WORKSPACE,
          1,
          arena.allocateFrom(ADDRESS, MemorySegment.ofAddress(workspace)));
      pack.finish();
    } catch (RuntimeException e) {
      pack.close();
      throw e;
    }
  }

  MemorySegment address() {
    return pack.address();
  }

  @Override
  public void close() {
    pack.close();
  }
}
