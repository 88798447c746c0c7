package org.memo.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/**
 * An open safetensors file: 8 bytes with the header's length, a JSON header, raw little-endian
 * data. A corrupt one is refused when it is opened. Data is read in pieces, so that a model is
 * never in memory twice.
 */
public final class SafetensorsFile implements AutoCloseable {
  static final int LENGTH_BYTES = 8;

  /** The reference implementation's own limit. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  /** 1 MiB of f32: fits in the second-level cache, and is large enough for a disk. */
  private static final long PIECE_ELEMENTS = 1 << 18;

  private final Path file;
  private final FileChannel channel;
  private final long dataOffsetBytes;
  private final Map<String, StoredTensor> tensors;

  private SafetensorsFile(
      Path file, FileChannel channel, long dataOffsetBytes, Map<String, StoredTensor> tensors) {
    this.file = file;
    this.channel = channel;
    this.dataOffsetBytes = dataOffsetBytes;
    this.tensors = tensors;
  }

  /**
   * Opens a file and checks its header; throws UserInputException naming the file and the tensor.
   */
  public static SafetensorsFile open(Path file) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      SafetensorsFile opened = open(file, channel);
      channel = null;
      return opened;
    } catch (NoSuchFileException e) {
      throw new UserInputException("There is no file %s.".formatted(file), e);
    } catch (IOException e) {
      throw new UserInputException("Cannot read %s: %s.".formatted(file, e), e);
    } finally {
      closeQuietly(channel);
    }
  }

  private static SafetensorsFile open(Path file, FileChannel channel) throws IOException {
    long sizeBytes = channel.size();
    if (sizeBytes < LENGTH_BYTES) {
      throw new UserInputException(
          "%s is not a safetensors file: it has only %d bytes.".formatted(file, sizeBytes));
    }
    ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(file, channel, length, 0);
    long headerBytes = length.getLong(0);
    if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES) {
      throw new UserInputException(
          "%s is not a safetensors file: its header would have %s bytes, at most %d are valid."
              .formatted(file, Long.toUnsignedString(headerBytes), MAX_HEADER_BYTES));
    }
    long dataBytes = sizeBytes - LENGTH_BYTES - headerBytes;
    if (dataBytes < 0) {
      throw new UserInputException(
          "%s is truncated: its header should have %d bytes, but only %d follow."
              .formatted(file, headerBytes, sizeBytes - LENGTH_BYTES));
    }
    ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
    readFully(file, channel, header, LENGTH_BYTES);
    return new SafetensorsFile(
        file,
        channel,
        LENGTH_BYTES + headerBytes,
        SafetensorsHeader.parse(header.array(), dataBytes, file));
  }

  /** The tensors by name, in the order of their data. */
  public Map<String, StoredTensor> tensors() {
    return tensors;
  }

  public Path file() {
    return file;
  }

  /**
   * Reads a tensor as f32.
   *
   * @param destination exactly the tensor's elements as f32, on or off the heap
   * @throws UserInputException if its element type is not F32, F16 or BF16
   */
  public void readFloats(StoredTensor tensor, MemorySegment destination) {
    long elements = tensor.sizeBytes() / requireFloats(tensor).sizeBytes();
    if (destination.byteSize() != elements * Float.BYTES) {
      throw new IllegalArgumentException(
          "%s has %d elements, not %d bytes of f32"
              .formatted(tensor.name(), elements, destination.byteSize()));
    }
    readFloats(tensor, 0, destination);
  }

  /**
   * Reads a run of a tensor's elements as f32.
   *
   * @param firstElement of the run
   * @param destination as long as the run
   * @throws UserInputException if its element type is not F32, F16 or BF16
   */
  public void readFloats(StoredTensor tensor, long firstElement, MemorySegment destination) {
    FloatFormat format = requireFloats(tensor);
    long elements = destination.byteSize() / Float.BYTES;
    Objects.checkFromIndexSize(firstElement, elements, tensor.sizeBytes() / format.sizeBytes());
    long pieceElements = Math.min(PIECE_ELEMENTS, elements);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(pieceElements * format.sizeBytes(), Long.BYTES);
      for (long start = 0; start < elements; start += pieceElements) {
        long count = Math.min(pieceElements, elements - start);
        MemorySegment stored = buffer.asSlice(0, count * format.sizeBytes());
        long offsetBytes = tensor.beginBytes() + (firstElement + start) * format.sizeBytes();
        readFully(file, channel, stored.asByteBuffer(), dataOffsetBytes + offsetBytes);
        format.toFloats(stored, floats(destination, start, count), count);
      }
    } catch (IOException e) {
      throw new UserInputException(
          "Cannot read tensor %s of %s: %s.".formatted(tensor.name(), file, e), e);
    }
  }

  /** Whether two tensors of one size, read as f32, have the same bits. */
  boolean hasFloats(StoredTensor tensor, SafetensorsFile otherFile, StoredTensor other) {
    long elements = tensor.sizeBytes() / requireFloats(tensor).sizeBytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mine = arena.allocate(PIECE_ELEMENTS * Float.BYTES, Long.BYTES);
      MemorySegment theirs = arena.allocate(PIECE_ELEMENTS * Float.BYTES, Long.BYTES);
      for (long start = 0; start < elements; start += PIECE_ELEMENTS) {
        long count = Math.min(PIECE_ELEMENTS, elements - start);
        readFloats(tensor, start, floats(mine, 0, count));
        otherFile.readFloats(other, start, floats(theirs, 0, count));
        if (floats(mine, 0, count).mismatch(floats(theirs, 0, count)) >= 0) {
          return false;
        }
      }
    }
    return true;
  }

  private static MemorySegment floats(MemorySegment all, long startElements, long elements) {
    return all.asSlice(startElements * Float.BYTES, elements * Float.BYTES);
  }

  /** Refuses a tensor that {@link #readFloats} cannot read. */
  FloatFormat requireFloats(StoredTensor tensor) {
    return FloatFormat.named(tensor.dtype())
        .orElseThrow(() ->
            new UserInputException(
                "%s: tensor %s has dtype %s, but F32, F16 and BF16 are supported."
                    .formatted(file, tensor.name(), tensor.dtype())));
  }

  private static void readFully(Path file, FileChannel channel, ByteBuffer target, long position)
      throws IOException {
    while (target.hasRemaining()) {
      int count = channel.read(target, position + target.position());
      if (count < 0) {
        throw new UserInputException(
            "%s ends early: it changed while it was read.".formatted(file));
      }
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // The reason why it is closed early is thrown already.
      }
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }
}
