package org.memo.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.memo.bindings.cudart.CudaEventHandle;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.bindings.cudart.DeviceAddress;

/**
 * Copies between any host memory and the slab, which wait: through two pinned buffers, of which the
 * processor fills or empties one while the GPU copies the other. A copy straight from memory that
 * is not pinned would return before it is in the slab.
 */
final class Transfers implements AutoCloseable {
  private static final long BUFFER_BYTES = 8 << 20;

  private final ClosingStack owned = new ClosingStack();
  private final HostWait waits;
  private final CudaStreamHandle stream;
  private final List<Buffer> buffers;

  /**
   * One of the two.
   *
   * @param copied set when the GPU has copied it
   */
  private record Buffer(MemorySegment memory, CudaEventHandle copied) {}

  Transfers(HostWait waits) {
    this.waits = waits;
    try {
      this.stream = CudaStreams.createStream();
      owned.own(() -> CudaStreams.destroy(stream));
      MemorySegment staging = CudaMemory.allocateHost("the staging buffers", 2 * BUFFER_BYTES);
      owned.own(() -> CudaMemory.freeHost(staging));
      this.buffers = List.of(buffer(staging, 0), buffer(staging, BUFFER_BYTES));
    } catch (RuntimeException e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  void upload(MemorySegment source, DeviceAddress target) {
    for (long chunk = 0; chunk < chunks(source); chunk++) {
      Buffer buffer = buffer(chunk);
      waits.until(buffer.copied);
      MemorySegment part = part(source, chunk);
      MemorySegment staged = buffer.memory.asSlice(0, part.byteSize());
      staged.copyFrom(part);
      CudaMemory.copyToDevice(target.plus(chunk * BUFFER_BYTES), staged, stream);
      CudaStreams.record(buffer.copied, stream);
    }
    waits.until(stream);
  }

  void download(DeviceAddress source, MemorySegment target) {
    long chunks = chunks(target);
    for (long chunk = 0; chunk <= chunks; chunk++) {
      if (chunk < chunks) {
        Buffer buffer = buffer(chunk);
        MemorySegment staged = buffer.memory.asSlice(0, part(target, chunk).byteSize());
        CudaMemory.copyToHost(staged, source.plus(chunk * BUFFER_BYTES), stream);
        CudaStreams.record(buffer.copied, stream);
      }
      if (chunk > 0) {
        Buffer before = buffer(chunk - 1);
        waits.until(before.copied);
        MemorySegment part = part(target, chunk - 1);
        part.copyFrom(before.memory.asSlice(0, part.byteSize()));
      }
    }
  }

  @Override
  public void close() {
    owned.close();
  }

  private Buffer buffer(MemorySegment staging, long offsetBytes) {
    CudaEventHandle copied = CudaStreams.createEvent();
    owned.own(() -> CudaStreams.destroy(copied));
    return new Buffer(staging.asSlice(offsetBytes, BUFFER_BYTES), copied);
  }

  private Buffer buffer(long chunk) {
    return buffers.get((int) (chunk % 2));
  }

  private static long chunks(MemorySegment memory) {
    return Math.ceilDiv(memory.byteSize(), BUFFER_BYTES);
  }

  private static MemorySegment part(MemorySegment memory, long chunk) {
    long from = chunk * BUFFER_BYTES;
    return memory.asSlice(from, Math.min(BUFFER_BYTES, memory.byteSize() - from));
  }
}
