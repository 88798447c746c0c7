package org.memo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.UserInputException;

class SafetensorsFileTest {
  @TempDir Path folder;

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("x.safetensors"), bytes);
  }

  private String refusal(byte[] bytes) throws IOException {
    Path file = write(bytes);
    UserInputException refused =
        assertThrows(UserInputException.class, () -> SafetensorsFile.open(file).close());
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(file.toString()), message);
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private float[] read(String header, byte... data) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(write(Fixtures.safetensors(header, data)))) {
      StoredTensor tensor = file.tensors().values().iterator().next();
      float[] floats = new float[(int) tensor.shape().get(0).longValue()];
      file.readFloats(tensor, MemorySegment.ofArray(floats));
      return floats;
    }
  }

  @Test
  void f32AndF16AndBf16BecomeF32() throws IOException {
    String entry = "{\"a\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%d]}}";
    byte[] f32 =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1.5f).putFloat(-0f).array();
    assertArrayEquals(new float[] {1.5f, -0f}, read(entry.formatted("F32", 8), f32));
    assertArrayEquals(
        new float[] {1.5f, 0x1p-24f},
        read(entry.formatted("F16", 4), (byte) 0, (byte) 0x3E, (byte) 1, (byte) 0));
    assertArrayEquals(
        new float[] {1.5f, Float.NEGATIVE_INFINITY},
        read(entry.formatted("BF16", 4), (byte) 0xC0, (byte) 0x3F, (byte) 0x80, (byte) 0xFF));
  }

  @Test
  void aTensorOfManyPiecesIsReadWhole() throws IOException {
    int elements = 600_001;
    byte[] data = new byte[2 * elements];
    new Random(3).nextBytes(data);
    String header =
        "{\"a\":{\"dtype\":\"BF16\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(elements, 2 * elements);
    float[] floats = read(header, data);
    for (int i = 0; i < elements; i++) {
      int bits = (data[2 * i + 1] << 24) | (data[2 * i] & 0xFF) << 16;
      assertEquals(bits, Float.floatToRawIntBits(floats[i]));
    }
  }

  @Test
  void anUnknownElementTypeIsRefusedOnlyWhereItIsNeeded() throws IOException {
    String header =
        """
        {"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]},"b":{"dtype":"I8","shape":[],"data_offsets":[1,2]}}
        """;
    try (SafetensorsFile file =
        SafetensorsFile.open(write(Fixtures.safetensors(header, new byte[2])))) {
      for (StoredTensor tensor : file.tensors().values()) {
        UserInputException refused =
            assertThrows(
                UserInputException.class,
                () -> file.readFloats(tensor, MemorySegment.ofArray(new float[2])));
        assertTrue(String.valueOf(refused.getMessage()).contains(tensor.dtype()));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[2,6]}}|overlaps",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[5,9]}}|b"
            + " has the data_offsets 5 to 9",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}|starts at byte 4",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}|its tensors end at 4",
        "{}|its tensors end at 0",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}|must have 12",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}|data_offsets 8 to 0",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}}|whole numbers",
        "{'a':{'dtype':'F32','shape':[2.5],'data_offsets':[0,8]}}|whole numbers",
        "{'a':{'dtype':'F32','shape':['2'],'data_offsets':[0,8]}}|whole numbers",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,99999999999999999999]}}|whole numbers",
        "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,8]}}|overflows",
        "{'a':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],'data_offsets':[0,8]}}|more"
            + " than 16",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4,8]}}|must have 2",
        "{'a':{'dtype':'F32','shape':[2]}}|lacks",
        "{'a':{'shape':[2],'data_offsets':[0,8]}}|lacks",
        "{'a':7}|not described by an object",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}|Duplicate",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} {}|more than one",
        "[1,2]|not a JSON object",
        "{'a'|not valid JSON",
        "hello|not valid JSON",
      })
  void aWrongHeaderIsRefused(String header, String reason) throws IOException {
    String message = refusal(Fixtures.safetensors(header.replace('\'', '"'), new byte[8]));
    assertTrue(message.contains(reason), message);
  }

  @Test
  void aTruncatedFileIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.path("llama-tied/model.safetensors"));
    for (int length : new int[] {0, 7, 8, 9, 500, 2000, whole.length - 1}) {
      refusal(Arrays.copyOf(whole, length));
    }
    refusal(Arrays.copyOf(whole, whole.length + 1));
  }

  @ParameterizedTest
  @CsvSource({"-1", "9223372036854775807", "100000001", "4294967296", "25", "0"})
  void aLyingHeaderLengthIsRefused(long headerBytes) throws IOException {
    byte[] bytes = new byte[32];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(headerBytes);
    refusal(bytes);
  }

  @Test
  void aMissingFileAndAFolderAreRefused() {
    for (Path path : new Path[] {folder.resolve("none"), folder}) {
      assertThrows(UserInputException.class, () -> SafetensorsFile.open(path).close());
    }
  }

  /** Nothing but success or a refusal, whatever stands in the header. */
  @Test
  void aCorruptedHeaderNeverCrashes() throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.path("qwen2/model.safetensors"));
    int headerBytes = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    byte[] header = Arrays.copyOfRange(whole, 8, 8 + headerBytes);
    SplittableRandom random = new SplittableRandom(11);
    int accepted = 0;
    for (int round = 0; round < 5000; round++) {
      byte[] corrupted = corrupted(header, random);
      try {
        SafetensorsHeader.parse(corrupted, whole.length - 8 - headerBytes, Path.of("a-file"));
        accepted++;
      } catch (UserInputException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("a-file"), e.getMessage());
      }
    }
    assertTrue(accepted > 10, "some changes only rename a tensor: " + accepted);
  }

  @Test
  void aCorruptedFileNeverCrashes() throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.path("qwen2/model.safetensors"));
    SplittableRandom random = new SplittableRandom(12);
    for (int round = 0; round < 200; round++) {
      byte[] corrupted = whole.clone();
      System.arraycopy(corrupted(Arrays.copyOf(whole, 100), random), 0, corrupted, 0, 100);
      try (SafetensorsFile safetensors = SafetensorsFile.open(write(corrupted))) {
        readAll(safetensors);
      } catch (UserInputException e) {
        assertTrue(String.valueOf(e.getMessage()).contains(folder.toString()), e.getMessage());
      }
    }
  }

  private static byte[] corrupted(byte[] bytes, SplittableRandom random) {
    byte[] likely = "{}[]\",:-0123456789eE.\\\0\u007f ".getBytes(StandardCharsets.UTF_8);
    byte[] corrupted = bytes.clone();
    for (int change = random.nextInt(1, 5); change > 0; change--) {
      corrupted[random.nextInt(bytes.length)] =
          random.nextBoolean() ? likely[random.nextInt(likely.length)] : (byte) random.nextInt();
    }
    return corrupted;
  }

  private static void readAll(SafetensorsFile file) {
    for (StoredTensor tensor : file.tensors().values()) {
      if (FloatFormat.named(tensor.dtype()).isPresent()) {
        int elements = (int) (tensor.sizeBytes() / file.requireFloats(tensor).sizeBytes());
        file.readFloats(tensor, MemorySegment.ofArray(new float[elements]));
      }
    }
  }
}
