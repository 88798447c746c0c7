package org.memo.bindings.cudnn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memo.bindings.cudart.DeviceAddress;

/** The addresses that an execution of a plan works on, kept in native memory. */
public final class CudnnPack implements AutoCloseable {
  private final CudnnDescriptor pack;

  /**
   * The plan's real tensors and scratch.
   *
   * @param tensors by their ids
   * @param scalars by their ids: f32 that stay valid until the execution is queued
   * @param workspace at least the plan's workspace
   */
  public CudnnPack(
      Map<Long, DeviceAddress> tensors, Map<Long, MemorySegment> scalars, DeviceAddress workspace) {
    Map<Long, MemorySegment> pointers = new LinkedHashMap<>(scalars);
    tensors.forEach((id, address) -> pointers.put(id, address.pointer()));
    pack = CudnnDescriptor.create(DescriptorKind.VARIANT_PACK);
    try {
      fill(pointers, workspace);
    } catch (RuntimeException e) {
      Closing.after(e, List.of(pack));
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

  private void fill(Map<Long, MemorySegment> pointers, DeviceAddress workspace) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ids = arena.allocate(JAVA_LONG, pointers.size());
      MemorySegment addresses = arena.allocate(ADDRESS, pointers.size());
      long count = 0;
      for (var entry : pointers.entrySet()) {
        ids.setAtIndex(JAVA_LONG, count, entry.getKey());
        addresses.setAtIndex(ADDRESS, count++, entry.getValue());
      }
      pack.set(Attribute.PACK_ADDRESSES, count, addresses)
          .set(Attribute.PACK_IDS, count, ids)
          .set(Attribute.PACK_WORKSPACE, 1, arena.allocateFrom(ADDRESS, workspace.pointer()))
          .finish();
    }
  }
}
