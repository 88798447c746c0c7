package org.memo.benchmark.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.memo.planner.cost.ElementType;

/**
 * An array of a benchmark: where it lies in each set of buffers, and what it holds.
 *
 * @param type of elements that are no integers and no f64
 * @param offsetBytes from the start of a set
 * @param contents at the start, or as an {@link Answer} found it
 */
record Buffer(String name, ElementType type, long offsetBytes, MemorySegment contents) {
  /** Element i, of the buffer's type. */
  double at(long i) {
    return type == ElementType.F32
        ? contents.getAtIndex(ValueLayout.JAVA_FLOAT, i)
        : Float.intBitsToFloat(contents.getAtIndex(ValueLayout.JAVA_SHORT, i) << Short.SIZE);
  }

  int intAt(long i) {
    return contents.getAtIndex(ValueLayout.JAVA_INT, i);
  }

  double doubleAt(long i) {
    return contents.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
  }

  long elements() {
    return sizeBytes() / type.bytes();
  }

  long sizeBytes() {
    return contents.byteSize();
  }
}
