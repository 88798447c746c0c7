package org.memo.bindings.nccl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import org.memo.bindings.nccl.generated.ncclUniqueId;

/**
 * By which the ranks of one communicator find each other: one rank makes it and tells the others.
 */
public final class NcclUniqueId {
  private final byte[] bytes;

  /**
   * @throws IllegalArgumentException where it is not of {@link #sizeBytes()} bytes
   */
  public NcclUniqueId(byte[] bytes) {
    if (bytes.length != sizeBytes()) {
      throw new IllegalArgumentException(
          "an NCCL id has %d bytes, not %d".formatted(sizeBytes(), bytes.length));
    }
    this.bytes = bytes.clone();
  }

  /** The length of an id in bytes. */
  public static int sizeBytes() {
    return (int) ncclUniqueId.sizeof();
  }

  /** To send it to another rank. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** For native calls, which take it by value. */
  MemorySegment toNative(Arena arena) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NcclUniqueId id && Arrays.equals(bytes, id.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes, 0, 16) + "...";
  }
}
