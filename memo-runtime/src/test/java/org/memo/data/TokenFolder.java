package org.memo.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes token files and sidecars for tests. */
record TokenFolder(Path folder) {

  Path uint16(String name, int... tokens) throws IOException {
    byte[] bytes = new byte[2 * tokens.length];
    ByteBuffer buffer = littleEndian(bytes);
    for (int token : tokens) {
      buffer.putShort((short) token);
    }
    return write(name, bytes);
  }

  Path int32(String name, int... tokens) throws IOException {
    byte[] bytes = new byte[4 * tokens.length];
    ByteBuffer buffer = littleEndian(bytes);
    for (int token : tokens) {
      buffer.putInt(token);
    }
    return write(name, bytes);
  }

  Path docs(String name, long... offsets) throws IOException {
    byte[] bytes = new byte[8 * offsets.length];
    ByteBuffer buffer = littleEndian(bytes);
    for (long offset : offsets) {
      buffer.putLong(offset);
    }
    return write(name, bytes);
  }

  Path mask(String name, int... counts) throws IOException {
    byte[] bytes = new byte[counts.length];
    for (int i = 0; i < counts.length; i++) {
      bytes[i] = (byte) counts[i];
    }
    return write(name, bytes);
  }

  Path write(String name, byte... bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
