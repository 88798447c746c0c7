package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.device.Stream;
import org.memo.planner.cost.ElementType;

/**
 * One attention on regions as a memory plan gives them: aligned, with guard bytes between. Before
 * each pass all that it does not read is NaN; after it, all that it does not write is as before.
 */
final class AttentionRun {
  private static final long ALIGNMENT_BYTES = 256;
  private static final byte NAN = (byte) 0xFF;

  private final Device device;
  private final Stream stream;
  private long endBytes = ALIGNMENT_BYTES;

  private final FlashAttentionForward forward;
  private final FlashAttentionBackward backward;

  AttentionRun(Device device, AttentionCase attention) {
    this.device = device;
    this.stream = device.createStream("attention");
    AttentionShape shape = attention.shape;
    ElementType type = attention.type;
    DeviceRegion qkv = reserve(type, shape.tokens() * shape.qkvWidth());
    DeviceRegion out = reserve(type, shape.tokens() * shape.outWidth());
    DeviceRegion dout = reserve(type, shape.tokens() * shape.outWidth());
    DeviceRegion dqkv = reserve(type, shape.tokens() * shape.qkvWidth());
    DeviceRegion logSumExp = reserve(ElementType.F32, shape.heads() * shape.tokens());
    DeviceRegion delta = reserve(ElementType.F32, shape.heads() * shape.tokens());
    DeviceRegion offsets = reserve(shape.segmentOffsets() * Long.BYTES);
    forward = new FlashAttentionForward(qkv, out, logSumExp, offsets, shape, type);
    backward =
        new FlashAttentionBackward(qkv, out, dout, logSumExp, delta, dqkv, offsets, shape, type);
    fill(List.of());
    device.upload(MemorySegment.ofArray(stored(attention.qkv)), qkv);
    device.upload(MemorySegment.ofArray(stored(attention.dout)), dout);
    device.upload(MemorySegment.ofArray(attention.segmentOffsets), offsets);
  }

  void forward() {
    run(forward, List.of(backward.dout()));
  }

  /** After {@link #forward}. */
  void backward() {
    run(backward, List.of());
  }

  float[] out() {
    return loaded(forward.out());
  }

  float[] logSumExp() {
    return MemorySegment.ofArray(bytes(forward.logSumExp()))
        .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /** Of queries, keys and values. */
  float[] gradient() {
    return loaded(backward.dqkv());
  }

  private void run(Operation operation, List<DeviceRegion> alsoKept) {
    fill(alsoKept.isEmpty() ? operation.reads() : concat(operation.reads(), alsoKept));
    byte[] before = bytes(everything());
    stream.submit(operation);
    stream.synchronize();
    byte[] after = bytes(everything());
    for (MemoryRegion region : operation.writes()) {
      int at = (int) region.offsetBytes();
      System.arraycopy(after, at, before, at, (int) region.sizeBytes());
    }
    long changed = MemorySegment.ofArray(before).mismatch(MemorySegment.ofArray(after));
    assertEquals(-1, changed, operation.name() + " wrote outside its regions");
  }

  /** With NaN, all but what is kept. */
  private void fill(List<? extends MemoryRegion> kept) {
    byte[] image = new byte[(int) endBytes];
    MemorySegment.ofArray(image).fill(NAN);
    byte[] now = kept.isEmpty() ? image : bytes(everything());
    for (MemoryRegion region : kept) {
      int at = (int) region.offsetBytes();
      System.arraycopy(now, at, image, at, (int) region.sizeBytes());
    }
    device.upload(MemorySegment.ofArray(image), everything());
  }

  private static List<MemoryRegion> concat(List<MemoryRegion> a, List<DeviceRegion> b) {
    return java.util.stream.Stream.concat(a.stream(), b.stream()).toList();
  }

  private DeviceRegion reserve(ElementType type, long elements) {
    return reserve(elements * type.bytes());
  }

  private DeviceRegion reserve(long sizeBytes) {
    DeviceRegion region = new DeviceRegion(endBytes, sizeBytes);
    endBytes = (Math.ceilDiv(endBytes + sizeBytes, ALIGNMENT_BYTES) + 1) * ALIGNMENT_BYTES;
    return region;
  }

  private DeviceRegion everything() {
    return new DeviceRegion(0, endBytes);
  }

  private byte[] bytes(DeviceRegion region) {
    byte[] bytes = new byte[(int) region.sizeBytes()];
    device.download(region, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private static short[] stored(float[] values) {
    short[] halves = new short[values.length];
    for (int i = 0; i < values.length; i++) {
      halves[i] = Rounding.toBf16(values[i]);
    }
    return halves;
  }

  private float[] loaded(DeviceRegion region) {
    short[] halves = MemorySegment.ofArray(bytes(region)).toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
    float[] values = new float[halves.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Rounding.ofBf16(halves[i]);
    }
    return values;
  }
}
