package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.memo.device.Device;
import org.memo.device.DeviceException;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.device.Stream;
import org.memo.planner.cost.ElementType;

/**
 * A device's slab with regions put side by side, guard bytes between them, to run operations on.
 *
 * <p>An operation runs twice, over different garbage wherever it does not say that it reads: in the
 * guards and in the regions that it only writes. It must give the same bits both times and change
 * no byte outside what it says that it writes.
 */
final class TestSlab {
  /**
   * In any type a NaN, which taints every result that it gets into; and 0.75, which sums notice.
   */
  private static final byte[] GARBAGE = {(byte) 0xFF, 0x3F};

  private static final long GUARD_BYTES = 128;

  private final Device device;
  private final Stream stream;
  private long endBytes = GUARD_BYTES;
  private long regions;

  TestSlab(Device device) {
    this.device = device;
    this.stream = device.createStream("test");
  }

  /** Forgets all regions. */
  void clear() {
    endBytes = GUARD_BYTES;
  }

  DeviceRegion put(float... values) {
    return put(MemorySegment.ofArray(values), Float.BYTES);
  }

  /** Rounded to the type. */
  DeviceRegion put(ElementType type, float[] values) {
    return switch (type) {
      case F32 -> put(values);
      case BF16 -> {
        short[] halves = new short[values.length];
        for (int i = 0; i < values.length; i++) {
          halves[i] = Rounding.toBf16(values[i]);
        }
        yield put(MemorySegment.ofArray(halves), Short.BYTES);
      }
    };
  }

  DeviceRegion put(int... values) {
    return put(MemorySegment.ofArray(values), Integer.BYTES);
  }

  DeviceRegion put(long... values) {
    return put(MemorySegment.ofArray(values), Long.BYTES);
  }

  DeviceRegion put(double... values) {
    return put(MemorySegment.ofArray(values), Double.BYTES);
  }

  DeviceRegion put(byte... values) {
    return put(MemorySegment.ofArray(values), 1);
  }

  /** Room for the results of an operation that writes all of them. */
  DeviceRegion floats(long elements) {
    return room(ElementType.F32, elements);
  }

  /** The same for results of another type. */
  DeviceRegion room(ElementType type, long elements) {
    return reserve(elements * type.bytes(), type.bytes());
  }

  float[] read(DeviceRegion region) {
    return MemorySegment.ofArray(bytes(region)).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  float[] read(ElementType type, DeviceRegion region) {
    return switch (type) {
      case F32 -> read(region);
      case BF16 -> {
        short[] halves =
            MemorySegment.ofArray(bytes(region)).toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
        float[] values = new float[halves.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = Rounding.ofBf16(halves[i]);
        }
        yield values;
      }
    };
  }

  double readDouble(DeviceRegion region) {
    return MemorySegment.ofArray(bytes(region)).get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0);
  }

  byte[] bytes(DeviceRegion region) {
    byte[] bytes = new byte[(int) region.sizeBytes()];
    device.download(region, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** All that has been put here, results included. */
  byte[] image() {
    return bytes(everything());
  }

  /** Runs an operation under the checks of this class. */
  void run(Operation operation) {
    byte[] before = image();
    byte[] first = runOverGarbage(operation, before, GARBAGE[0]);
    byte[] second = runOverGarbage(operation, before, GARBAGE[1]);
    copyRegions(operation.writes(), first, before);
    byte[] after = before.clone();
    copyRegions(operation.writes(), second, after);
    assertSameBytes(operation.name() + " gives other bits the second time", before, after);
    write(before);
  }

  /** Runs an operation that the device refuses, and that then has changed nothing. */
  void assertRefused(Operation operation, String reason) {
    byte[] before = image();
    Stream refusing = device.createStream("refusing");
    refusing.submit(operation);
    String message = assertThrows(DeviceException.class, refusing::synchronize).getMessage();
    assertEquals(reason, message.contains(reason) ? reason : message);
    assertSameBytes(operation.name() + " changed memory", before, image());
  }

  /** What the slab holds after the operation. */
  private byte[] runOverGarbage(Operation operation, byte[] before, byte garbage) {
    byte[] image = new byte[before.length];
    MemorySegment.ofArray(image).fill(garbage);
    copyRegions(operation.reads(), before, image);
    write(image);
    stream.submit(operation);
    stream.synchronize();
    byte[] after = image();
    copyRegions(operation.writes(), after, image);
    assertSameBytes(operation.name() + " wrote outside its regions", image, after);
    return after;
  }

  private DeviceRegion put(MemorySegment values, long elementBytes) {
    DeviceRegion region = reserve(values.byteSize(), elementBytes);
    device.upload(values, region);
    return region;
  }

  /** Regions begin at any multiple of an element's size, as tiles of odd widths do. */
  private DeviceRegion reserve(long sizeBytes, long elementBytes) {
    long line = Math.ceilDiv(endBytes, GUARD_BYTES) * GUARD_BYTES;
    DeviceRegion region = new DeviceRegion(line + regions++ % 7 * elementBytes, sizeBytes);
    endBytes = region.offsetBytes() + sizeBytes + GUARD_BYTES;
    return region;
  }

  private DeviceRegion everything() {
    return new DeviceRegion(0, endBytes);
  }

  private void write(byte[] image) {
    device.upload(MemorySegment.ofArray(image), everything());
  }

  private static void copyRegions(List<MemoryRegion> regions, byte[] from, byte[] to) {
    for (MemoryRegion region : regions) {
      if (region instanceof DeviceRegion) {
        int at = (int) region.offsetBytes();
        System.arraycopy(from, at, to, at, (int) region.sizeBytes());
      }
    }
  }

  private static void assertSameBytes(String what, byte[] expected, byte[] actual) {
    long at = MemorySegment.ofArray(expected).mismatch(MemorySegment.ofArray(actual));
    assertEquals(-1, at, what + ", first at byte " + at);
  }
}
