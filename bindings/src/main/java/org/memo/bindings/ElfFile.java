package org.memo.bindings;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Tells a native library from half of one, by the segments that its header promises. The dynamic
 * linker does not: it maps what is not there, and the process ends at the first touch of it.
 */
final class ElfFile {
  private static final int MAGIC = 0x7F454C46; // 0x7F E L F
  private static final int CLASS_64 = 2;

  // Of the file's header and of a program header, for 64 bits.
  private static final int HEADER_BYTES = 64;
  private static final int CLASS_AT = 4;
  private static final int PROGRAM_HEADERS_AT = 32;
  private static final int PROGRAM_HEADER_BYTES_AT = 54;
  private static final int PROGRAM_HEADER_COUNT_AT = 56;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int SEGMENT_OFFSET_AT = 8;
  private static final int SEGMENT_BYTES_AT = 32;

  private ElfFile() {}

  /** Why the file cannot be mapped as a library; empty where the dynamic linker may try. */
  static Optional<String> brokenBecause(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer header = read(channel, 0, HEADER_BYTES);
      if (header.remaining() < Integer.BYTES || header.getInt(0) != MAGIC) {
        return Optional.of("it is no ELF file");
      }
      if (header.remaining() < HEADER_BYTES) {
        return cut(HEADER_BYTES, channel.size());
      }
      if (header.get(CLASS_AT) != CLASS_64) {
        return Optional.empty(); // the dynamic linker says what is wrong with it
      }
      return segmentBeyondEnd(channel, header.order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      return Optional.of("it cannot be read (%s)".formatted(e));
    }
  }

  private static Optional<String> segmentBeyondEnd(FileChannel channel, ByteBuffer header)
      throws IOException {
    long at = header.getLong(PROGRAM_HEADERS_AT);
    int size = Short.toUnsignedInt(header.getShort(PROGRAM_HEADER_BYTES_AT));
    int count = Short.toUnsignedInt(header.getShort(PROGRAM_HEADER_COUNT_AT));
    if (size != PROGRAM_HEADER_BYTES || at < 0) {
      return Optional.empty();
    }
    ByteBuffer table = read(channel, at, size * count).order(ByteOrder.LITTLE_ENDIAN);
    long needed = at + (long) size * count;
    for (int start = 0; start + size <= table.remaining(); start += size) {
      long end = table.getLong(start + SEGMENT_OFFSET_AT) + table.getLong(start + SEGMENT_BYTES_AT);
      needed = Math.max(needed, end);
    }
    return needed > channel.size() ? cut(needed, channel.size()) : Optional.empty();
  }

  private static Optional<String> cut(long neededBytes, long bytes) {
    return Optional.of("it is cut off after %d of at least %d bytes".formatted(bytes, neededBytes));
  }

  /** Less than {@code size} bytes where the file ends before. */
  private static ByteBuffer read(FileChannel channel, long position, int size) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(size);
    while (bytes.hasRemaining() && channel.read(bytes, position + bytes.position()) > 0) {
      // until it is full or the file ends
    }
    return bytes.flip();
  }
}
