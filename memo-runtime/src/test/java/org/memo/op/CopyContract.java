package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;

/** Copies and zero fills of any number of bytes to and from any byte. */
abstract class CopyContract extends OperationContract {
  private static final long[] SIZES_BYTES = {
    0, 1, 3, 63, 64, 65, 1000, 65_537, (1 << 18) - 1, (1 << 18) + 67, (1 << 20) + 13
  };

  private static final int GUARD_BYTES = 100;

  @Test
  void bytesAreCopiedWithinTheSlab() {
    for (long size : SIZES_BYTES) {
      slab.clear();
      byte[] values = bytes(size);
      DeviceRegion target = slab.put(bytes(size + 1)).slice(1, size);
      slab.run(new CopyOnDevice(slab.put(values), target));
      assertArrayEquals(values, slab.bytes(target));
    }
  }

  @Test
  void bytesAreCopiedToThePool() {
    for (long size : SIZES_BYTES) {
      slab.clear();
      byte[] values = bytes(size);
      HostRegion around = device.pool().allocate("a test", size + 2 * GUARD_BYTES);
      MemorySegment host = device.pool().segment(around);
      host.fill((byte) 7);
      slab.run(new CopyToHost(slab.put(values), around.slice(GUARD_BYTES, size)));
      byte[] expected = new byte[(int) around.sizeBytes()];
      MemorySegment.ofArray(expected).fill((byte) 7);
      System.arraycopy(values, 0, expected, GUARD_BYTES, values.length);
      assertArrayEquals(expected, host.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  @Test
  void bytesAreCopiedFromThePool() {
    for (long size : SIZES_BYTES) {
      slab.clear();
      byte[] values = bytes(size);
      HostRegion source = device.pool().allocate("a test", size + 1).slice(1, size);
      device.pool().segment(source).copyFrom(MemorySegment.ofArray(values));
      DeviceRegion target = slab.put(bytes(size + 3)).slice(3, size);
      slab.run(new CopyToDevice(source, target));
      assertArrayEquals(values, slab.bytes(target));
    }
  }

  @Test
  void bytesAreZeroed() {
    for (long size : SIZES_BYTES) {
      slab.clear();
      DeviceRegion target = slab.put(bytes(size + 5)).slice(5, size);
      slab.run(new ZeroFill(target));
      assertArrayEquals(new byte[(int) size], slab.bytes(target));
    }
  }

  private static byte[] bytes(long count) {
    byte[] bytes = new byte[(int) count];
    new SplittableRandom(count).nextBytes(bytes);
    return bytes;
  }
}
