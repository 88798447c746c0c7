package org.memo.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor with all its values.
 *
 * @param values f32
 */
record TestTensor(String name, List<Long> shape, MemorySegment values) {

  static void write(Path file, List<TestTensor> tensors) {
    List<SafetensorsWriter.Entry> entries =
        tensors.stream()
            .map(tensor -> new SafetensorsWriter.Entry(tensor.name(), tensor.shape()))
            .toList();
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, entries)) {
      for (TestTensor tensor : tensors) {
        writer.write(tensor.name(), 0, tensor.values());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
