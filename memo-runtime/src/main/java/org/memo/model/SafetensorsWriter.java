package org.memo.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Writes f32 tensors as a safetensors file that Hugging Face reads, straight from where they lie.
 */
public final class SafetensorsWriter {
  /** Data starts at a multiple of this, so that a mapped file has aligned tensors. */
  private static final int ALIGNMENT_BYTES = 8;

  private static final long PIECE_BYTES = 64 << 20;

  private SafetensorsWriter() {}

  /**
   * A tensor to write.
   *
   * @param values f32 elements in the machine's order, off the heap or over a byte array
   */
  public record Source(String name, List<Long> shape, MemorySegment values) {
    public Source {
      shape = List.copyOf(shape);
      long elements = shape.stream().reduce(1L, Math::multiplyExact);
      if (values.byteSize() != elements * Float.BYTES) {
        throw new IllegalArgumentException(
            "tensor %s of shape %s has %d bytes".formatted(name, shape, values.byteSize()));
      }
    }
  }

  /**
   * Writes {@code target} whole or not at all, in the order given; see {@link AtomicFile} for
   * errors.
   */
  public static void write(Path target, List<Source> tensors) {
    byte[] header = header(tensors);
    long dataBytes = tensors.stream().mapToLong(tensor -> tensor.values().byteSize()).sum();
    AtomicFile.write(
        target,
        SafetensorsFile.LENGTH_BYTES + header.length + dataBytes,
        channel -> {
          ByteBuffer length = ByteBuffer.allocate(SafetensorsFile.LENGTH_BYTES);
          AtomicFile.writeFully(
              channel, length.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).flip());
          AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
          for (Source tensor : tensors) {
            writeValues(channel, tensor.values());
          }
        });
  }

  private static byte[] header(List<Source> tensors) {
    ObjectNode header = JsonFile.newObject();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (Source tensor : tensors) {
      long end = offset + tensor.values().byteSize();
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", "F32");
      tensor.shape().forEach(entry.putArray("shape")::add);
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    byte[] aligned = Arrays.copyOf(text, padded);
    Arrays.fill(aligned, text.length, padded, (byte) ' ');
    return aligned;
  }

  private static void writeValues(FileChannel channel, MemorySegment values) throws IOException {
    for (long start = 0; start < values.byteSize(); start += PIECE_BYTES) {
      long count = Math.min(PIECE_BYTES, values.byteSize() - start);
      AtomicFile.writeFully(channel, values.asSlice(start, count).asByteBuffer());
    }
  }
}
