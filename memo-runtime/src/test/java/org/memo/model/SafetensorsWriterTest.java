package org.memo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.DoesNotFitException;
import org.memo.UserInputException;

class SafetensorsWriterTest {
  @TempDir Path folder;

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    Path file = folder.resolve("x.safetensors");
    float[] values = {1, -2.5f, Float.MIN_VALUE, Float.NaN, 1e30f, 0};
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment floats = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
      TestTensor.write(
          file,
          List.of(
              new TestTensor("second \"b\"", List.of(2L, 2L), floats.asSlice(0, 16)),
              new TestTensor("a", List.of(2L), floats.asSlice(16)),
              new TestTensor("none", List.of(0L), floats.asSlice(0, 0))));
    }
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertEquals(3, read.tensors().size());
      assertArrayEquals(
          new float[] {1, -2.5f, Float.MIN_VALUE, Float.NaN}, floats(read, "second \"b\"", 4));
      assertArrayEquals(new float[] {1e30f, 0}, floats(read, "a", 2));
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0, bytes.getLong(0) % 8);
    assertOnly("x.safetensors");
  }

  @Test
  void twoWritersFillOneFile() throws IOException {
    Path file = folder.resolve("x.safetensors");
    List<SafetensorsWriter.Entry> entries =
        List.of(
            new SafetensorsWriter.Entry("a", List.of(3L)),
            new SafetensorsWriter.Entry("b", List.of(2L)));
    try (SafetensorsWriter first = SafetensorsWriter.create(file, entries);
        SafetensorsWriter second = SafetensorsWriter.goOn(file, entries)) {
      second.write("b", 0, MemorySegment.ofBuffer(bytes(4, 5)));
      first.write("a", 2, MemorySegment.ofBuffer(bytes(3)));
      second.write("a", 0, MemorySegment.ofBuffer(bytes(1, 2)));
      first.force();
      second.force();
      assertThrows(
          IllegalArgumentException.class,
          () -> first.write("c", 0, MemorySegment.ofBuffer(bytes(1))));
    }
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertArrayEquals(new float[] {1, 2, 3}, floats(read, "a", 3));
      assertArrayEquals(new float[] {4, 5}, floats(read, "b", 2));
    }
  }

  private static ByteBuffer bytes(float... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.nativeOrder());
    buffer.asFloatBuffer().put(values);
    return buffer;
  }

  private static float[] floats(SafetensorsFile file, String name, int elements) {
    float[] floats = new float[elements];
    StoredTensor tensor = Objects.requireNonNull(file.tensors().get(name));
    file.readFloats(tensor, MemorySegment.ofArray(floats));
    return floats;
  }

  @Test
  void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("x"), "old");
    assertThrows(
        UserInputException.class,
        () ->
            AtomicFile.write(
                file,
                10,
                channel -> {
                  channel.write(ByteBuffer.wrap(new byte[5]));
                  throw new IOException("the disk broke");
                }));
    assertEquals("old", Files.readString(file));
    assertOnly("x");
  }

  @Test
  void aDiskTooSmallIsNamedBeforeAnythingIsWritten() throws IOException {
    DoesNotFitException refused =
        assertThrows(
            DoesNotFitException.class,
            () -> AtomicFile.write(folder.resolve("x"), Long.MAX_VALUE, channel -> {}));
    assertEquals(Long.MAX_VALUE, refused.neededBytes());
    assertTrue(refused.availableBytes() > 0);
    assertOnly();
  }

  @Test
  void aMissingFolderIsNamed() {
    Path missing = folder.resolve("none").resolve("x");
    UserInputException refused =
        assertThrows(UserInputException.class, () -> AtomicFile.write(missing, new byte[1]));
    assertTrue(String.valueOf(refused.getMessage()).contains("there is no folder"));
  }

  private void assertOnly(String... names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(names), files.map(f -> f.getFileName().toString()).toList());
    }
  }
}
