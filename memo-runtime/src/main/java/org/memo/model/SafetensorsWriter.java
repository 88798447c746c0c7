package org.memo.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memo.DoesNotFitException;

/**
 * Writes f32 tensors as a safetensors file that Hugging Face reads: first what they are, then their
 * values in any order, also from several processes at once. Until {@link #force} returned on all of
 * them the file is not whole: write it where nobody looks for it, then move it.
 */
public final class SafetensorsWriter implements AutoCloseable {
  /** Data starts at a multiple of this, so that a mapped file has aligned tensors. */
  private static final int ALIGNMENT_BYTES = 8;

  private static final int PIECE_BYTES = 64 << 20;

  private final FileChannel channel;
  private final Map<String, Long> offsetBytes = new HashMap<>();

  /** A tensor to write, f32. */
  public record Entry(String name, List<Long> shape) {
    public Entry {
      shape = List.copyOf(shape);
    }

    long sizeBytes() {
      return shape.stream().reduce((long) Float.BYTES, Math::multiplyExact);
    }
  }

  private SafetensorsWriter(FileChannel channel, List<Entry> entries) {
    this.channel = channel;
    long offset = SafetensorsFile.LENGTH_BYTES + header(entries).length;
    for (Entry entry : entries) {
      offsetBytes.put(entry.name(), offset);
      offset += entry.sizeBytes();
    }
  }

  /**
   * Begins a file: its header, and values that are zero until they are written.
   *
   * @param entries in the order of the file
   * @throws DoesNotFitException if the disk has no room for it
   */
  public static SafetensorsWriter create(Path file, List<Entry> entries) throws IOException {
    byte[] header = header(entries);
    long dataBytes = entries.stream().mapToLong(Entry::sizeBytes).reduce(0, Math::addExact);
    long sizeBytes = SafetensorsFile.LENGTH_BYTES + header.length + dataBytes;
    AtomicFile.requireSpace(file, file.toAbsolutePath().resolveSibling("."), sizeBytes);
    SafetensorsWriter writer =
        open(
            file,
            entries,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      ByteBuffer length = ByteBuffer.allocate(SafetensorsFile.LENGTH_BYTES);
      length.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).flip();
      writer.write(0, length);
      writer.write(SafetensorsFile.LENGTH_BYTES, ByteBuffer.wrap(header));
      if (dataBytes > 0) {
        writer.write(sizeBytes - 1, ByteBuffer.allocate(1)); // the file has its size from now on
      }
      return writer;
    } catch (IOException | RuntimeException e) {
      writer.close();
      throw e;
    }
  }

  /**
   * Goes on with a file that another process has begun.
   *
   * @param entries the same
   */
  public static SafetensorsWriter goOn(Path file, List<Entry> entries) throws IOException {
    return open(file, entries, StandardOpenOption.WRITE);
  }

  private static SafetensorsWriter open(Path file, List<Entry> entries, OpenOption... options)
      throws IOException {
    return new SafetensorsWriter(FileChannel.open(file, options), entries);
  }

  /**
   * Writes a run of a tensor's values.
   *
   * @param firstElement of the run
   * @param values [n] f32 in the machine's order, off the heap or over a byte array
   */
  public void write(String name, long firstElement, MemorySegment values) throws IOException {
    Long start = offsetBytes.get(name);
    if (start == null) {
      throw new IllegalArgumentException("there is no tensor " + name);
    }
    long position = start + firstElement * Float.BYTES;
    for (long done = 0; done < values.byteSize(); done += PIECE_BYTES) {
      long count = Math.min(PIECE_BYTES, values.byteSize() - done);
      write(position + done, values.asSlice(done, count).asByteBuffer());
    }
  }

  /** All that was written is on the disk afterwards. */
  public void force() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void write(long position, ByteBuffer buffer) throws IOException {
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer, position + buffer.position());
      }
    } catch (IOException e) {
      if (AtomicFile.isDiskFull(e)) {
        throw new DoesNotFitException(
            "The disk is full: %d bytes could not be written.".formatted(buffer.remaining()),
            buffer.remaining(),
            0);
      }
      throw e;
    }
  }

  private static byte[] header(List<Entry> entries) {
    ObjectNode header = JsonFile.newObject();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (Entry tensor : entries) {
      long end = offset + tensor.sizeBytes();
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", "F32");
      tensor.shape().forEach(entry.putArray("shape")::add);
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = Math.ceilDiv(text.length, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    byte[] aligned = Arrays.copyOf(text, padded);
    Arrays.fill(aligned, text.length, padded, (byte) ' ');
    return aligned;
  }
}
