package org.memo.bindings.cublaslt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.ToIntFunction;

/** Owner of one of cuBLASLt's descriptors: an opaque object in host memory with attributes. */
abstract sealed class LtDescriptor implements AutoCloseable
    permits LtMatrix, LtProduct, LtPreference {
  private final Arena arena = Arena.ofShared();

  /** For the values of attributes, so that setting one allocates nothing. */
  private final MemorySegment slot = arena.allocate(JAVA_LONG);

  private final String description;
  private final MemorySegment pointer;

  /** {@code create} writes the new object's address where its argument points. */
  LtDescriptor(String description, String call, ToIntFunction<MemorySegment> create) {
    this.description = description;
    MemorySegment created = arena.allocate(ADDRESS);
    int status = create.applyAsInt(created);
    if (LtStatus.isError(status)) {
      arena.close();
      throw LtStatus.failure(call, status, "descriptor", description);
    }
    pointer = created.get(ADDRESS, 0);
  }

  abstract int setAttribute(MemorySegment pointer, int attribute, MemorySegment value, long size);

  abstract int getAttribute(MemorySegment pointer, int attribute, MemorySegment value, long size);

  abstract int destroy(MemorySegment pointer);

  /** For native calls. */
  MemorySegment pointer() {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException(this + " is closed");
    }
    return pointer;
  }

  final void setInt(int attribute, int value) {
    slot.set(JAVA_INT, 0, value);
    check(setAttribute(pointer(), attribute, slot, Integer.BYTES), "set", attribute);
  }

  final void setLong(int attribute, long value) {
    slot.set(JAVA_LONG, 0, value);
    check(setAttribute(pointer(), attribute, slot, Long.BYTES), "set", attribute);
  }

  final int intOf(int attribute) {
    check(getAttribute(pointer(), attribute, slot, Integer.BYTES), "get", attribute);
    return slot.get(JAVA_INT, 0);
  }

  final long longOf(int attribute) {
    check(getAttribute(pointer(), attribute, slot, Long.BYTES), "get", attribute);
    return slot.get(JAVA_LONG, 0);
  }

  private void check(int status, String what, int attribute) {
    if (LtStatus.isError(status)) {
      throw LtStatus.failure(
          "cublasLt " + what + " attribute", status, "descriptor attribute", this, attribute);
    }
  }

  /** Closing again does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
      LtStatus.check(destroy(pointer), "cublasLt destroy descriptor");
    }
  }

  /** What it describes, for an error message. */
  @Override
  public final String toString() {
    return description;
  }
}
