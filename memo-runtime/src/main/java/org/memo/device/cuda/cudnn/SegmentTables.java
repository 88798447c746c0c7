package org.memo.device.cuda.cudnn;

import org.memo.bindings.cuda.CudaSegments.RaggedBatch;
import org.memo.bindings.cudart.DeviceAddress;

/**
 * Where the tables of a ragged batch lie, one after the other, aligned.
 *
 * @param segments with the empty ones at the end
 */
record SegmentTables(long segments) {
  private static final long ALIGNMENT_BYTES = 256;

  long sizeBytes() {
    return 3 * startsBytes() + aligned(segments * Integer.BYTES);
  }

  /** The tables that begin at an address. */
  RaggedBatch at(DeviceAddress first) {
    return new RaggedBatch(
        segments,
        first,
        first.plus(startsBytes()),
        first.plus(2 * startsBytes()),
        first.plus(3 * startsBytes()));
  }

  private long startsBytes() {
    return aligned((segments + 1) * Long.BYTES);
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }
}
