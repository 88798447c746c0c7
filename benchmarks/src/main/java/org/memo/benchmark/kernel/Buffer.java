package org.memo.benchmark.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An array of a benchmark: where it lies in each set of buffers, and what it holds.
 *
 * @param offsetBytes from the start of a set
 * @param contents at the start, or as an {@link Answer} found it
 */
record Buffer(String name, long offsetBytes, MemorySegment contents) {
  /** Element i as f32. */
  double at(long i) {
    return contents.getAtIndex(ValueLayout.JAVA_FLOAT, i);
  }

  int intAt(long i) {
    return contents.getAtIndex(ValueLayout.JAVA_INT, i);
  }

  double doubleAt(long i) {
    return contents.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
  }

  long sizeBytes() {
    return contents.byteSize();
  }
}
