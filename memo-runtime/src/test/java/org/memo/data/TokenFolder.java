package org.memo.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes token files and sidecars for tests. */
record TokenFolder(Path folder) {

  Path uint16(String name, int... tokens) throws IOException {
    ByteBuffer bytes = littleEndian(2 * tokens.length);
    for (int token : tokens) {
      bytes.putShort((short) token);
    }
    return write(name, bytes.array());
  }

  Path int32(String name, int... tokens) throws IOException {
    ByteBuffer bytes = littleEndian(4 * tokens.length);
    for (int token : tokens) {
      bytes.putInt(token);
    }
    return write(name, bytes.array());
  }

  Path docs(String name, long... offsets) throws IOException {
    ByteBuffer bytes = littleEndian(8 * offsets.length);
    for (long offset : offsets) {
      bytes.putLong(offset);
    }
    return write(name, bytes.array());
  }

  Path mask(String name, int... counts) throws IOException {
    byte[] bytes = new byte[counts.length];
    for (int i = 0; i < counts.length; i++) {
      bytes[i] = (byte) counts[i];
    }
    return write(name, bytes);
  }

  Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static ByteBuffer littleEndian(int sizeBytes) {
    return ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
