package org.memo.bindings.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.onednn.generated.OneDnn;

/** Creates oneDNN's objects so that they are destroyed, last first, when an arena is closed. */
final class OneDnnObjects {
  /** dnnl_status_t by value. */
  private static final List<String> STATUS_NAMES =
      List.of(
          "dnnl_success",
          "dnnl_out_of_memory",
          "dnnl_invalid_arguments",
          "dnnl_unimplemented",
          "dnnl_last_impl_reached",
          "dnnl_runtime_error",
          "dnnl_not_required");

  private final Arena arena;
  private final MemorySegment slot;

  OneDnnObjects(Arena arena) {
    this.arena = arena;
    this.slot = arena.allocate(ValueLayout.ADDRESS);
  }

  /**
   * A new object.
   *
   * @param create the call; it writes the object's address where its argument points
   * @param names the arguments' names for an error message, separated by blanks
   */
  MemorySegment create(
      String call,
      ToIntFunction<MemorySegment> create,
      Consumer<MemorySegment> destroy,
      String names,
      Object... values) {
    check(call, create.applyAsInt(slot), names, values);
    return slot.get(ValueLayout.ADDRESS, 0).reinterpret(arena, destroy);
  }

  static void check(String call, int status, String names, Object... values) {
    if (status != OneDnn.dnnl_success()) {
      throw NativeCallException.of(call, status, statusName(status), "", names, values);
    }
  }

  static String statusName(int status) {
    return status >= 0 && status < STATUS_NAMES.size() ? STATUS_NAMES.get(status) : "unknown error";
  }
}
