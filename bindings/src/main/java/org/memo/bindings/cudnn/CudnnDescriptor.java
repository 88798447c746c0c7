package org.memo.bindings.cudnn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.memo.bindings.cudnn.generated.Cudnn;

/**
 * Owns one object of cuDNN's graph API: created empty, given attributes, then finished. A finished
 * descriptor keeps what it was made from, so the parts may be closed before it.
 */
final class CudnnDescriptor implements AutoCloseable {
  private final DescriptorKind kind;
  private MemorySegment address;

  private CudnnDescriptor(DescriptorKind kind, MemorySegment address) {
    this.kind = kind;
    this.address = address;
  }

  static CudnnDescriptor create(DescriptorKind kind) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ADDRESS);
      CudnnCalls.check(
          "cudnnBackendCreateDescriptor",
          Cudnn.cudnnBackendCreateDescriptor(kind.code(), slot),
          "kind",
          kind);
      return new CudnnDescriptor(kind, slot.get(ADDRESS, 0));
    }
  }

  CudnnDescriptor set(Attribute attribute, long... values) {
    try (Arena arena = Arena.ofConfined()) {
      return set(attribute, values.length, arena.allocateFrom(JAVA_LONG, values));
    }
  }

  /** An attribute that is one of an enumeration's numbers. */
  CudnnDescriptor setEnum(Attribute attribute, int value) {
    try (Arena arena = Arena.ofConfined()) {
      return set(attribute, 1, arena.allocateFrom(JAVA_INT, value));
    }
  }

  CudnnDescriptor setFlag(Attribute attribute, boolean value) {
    try (Arena arena = Arena.ofConfined()) {
      return set(attribute, 1, arena.allocateFrom(JAVA_BYTE, (byte) (value ? 1 : 0)));
    }
  }

  CudnnDescriptor setText(Attribute attribute, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      return set(attribute, bytes.length, arena.allocateFrom(JAVA_BYTE, bytes));
    }
  }

  CudnnDescriptor set(Attribute attribute, CudnnDescriptor... values) {
    return set(attribute, List.of(values));
  }

  CudnnDescriptor set(Attribute attribute, List<CudnnDescriptor> values) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment addresses = arena.allocate(ADDRESS, values.size());
      for (int i = 0; i < values.size(); i++) {
        addresses.setAtIndex(ADDRESS, i, values.get(i).address());
      }
      return set(attribute, values.size(), addresses);
    }
  }

  /** The handle's own address is the attribute's value. */
  CudnnDescriptor setHandle(Attribute attribute, MemorySegment handle) {
    try (Arena arena = Arena.ofConfined()) {
      return set(attribute, 1, arena.allocateFrom(ADDRESS, handle));
    }
  }

  /**
   * An attribute whose {@code count} values lie in the caller's memory.
   *
   * @throws org.memo.bindings.NativeCallException when cuDNN refuses them
   */
  CudnnDescriptor set(Attribute attribute, long count, MemorySegment values) {
    CudnnCalls.check(
        "cudnnBackendSetAttribute",
        Cudnn.cudnnBackendSetAttribute(
            address(), attribute.code(), attribute.type(), count, values),
        "descriptor attribute count",
        kind,
        attribute,
        count);
    return this;
  }

  CudnnDescriptor finish() {
    CudnnCalls.check(
        "cudnnBackendFinalize", Cudnn.cudnnBackendFinalize(address()), "descriptor", kind);
    return this;
  }

  long getLong(Attribute attribute) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_LONG);
      get(attribute, 1, MemorySegment.NULL, value);
      return value.get(JAVA_LONG, 0);
    }
  }

  String getText(Attribute attribute) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(JAVA_LONG);
      get(attribute, 0, count, MemorySegment.NULL);
      MemorySegment text = arena.allocate(count.get(JAVA_LONG, 0) + 1);
      get(attribute, count.get(JAVA_LONG, 0), count, text);
      return text.getString(0);
    }
  }

  /** Copies an attribute's descriptor into a new one, which is the caller's. */
  CudnnDescriptor getDescriptor(Attribute attribute, DescriptorKind valueKind) {
    List<CudnnDescriptor> values = new ArrayList<>(1);
    getDescriptors(attribute, valueKind, 1, values);
    return values.get(0);
  }

  /** Copies an attribute's descriptors, in their order; they are the caller's. */
  List<CudnnDescriptor> getDescriptors(Attribute attribute, DescriptorKind valueKind) {
    List<CudnnDescriptor> values = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(JAVA_LONG);
      get(attribute, 0, count, MemorySegment.NULL);
      getDescriptors(attribute, valueKind, count.get(JAVA_LONG, 0), values);
    }
    return values;
  }

  /** For calls of this package. */
  MemorySegment address() {
    if (address.equals(MemorySegment.NULL)) {
      throw new IllegalStateException("the " + kind + " descriptor is closed");
    }
    return address;
  }

  @Override
  public void close() {
    if (!address.equals(MemorySegment.NULL)) {
      MemorySegment closing = address;
      address = MemorySegment.NULL;
      CudnnCalls.check(
          "cudnnBackendDestroyDescriptor",
          Cudnn.cudnnBackendDestroyDescriptor(closing),
          "descriptor",
          kind);
    }
  }

  /** cuDNN fills descriptors that the caller has made, of which it may leave some. */
  private void getDescriptors(
      Attribute attribute, DescriptorKind valueKind, long count, List<CudnnDescriptor> values) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment addresses = arena.allocate(ADDRESS, Math.max(1, count));
      for (long i = 0; i < count; i++) {
        CudnnDescriptor value = create(valueKind);
        values.add(value);
        addresses.setAtIndex(ADDRESS, i, value.address());
      }
      MemorySegment given = arena.allocate(JAVA_LONG);
      get(attribute, count, given, addresses);
      while (values.size() > given.get(JAVA_LONG, 0)) {
        values.removeLast().close();
      }
    } catch (RuntimeException e) {
      Closing.after(e, values);
      throw e;
    }
  }

  private void get(Attribute attribute, long count, MemorySegment given, MemorySegment values) {
    CudnnCalls.check(
        "cudnnBackendGetAttribute",
        Cudnn.cudnnBackendGetAttribute(
            address(), attribute.code(), attribute.type(), count, given, values),
        "descriptor attribute count",
        kind,
        attribute,
        count);
  }
}
