package org.memo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.memo.UserInputException;
import org.memo.model.ParameterLayout.Tensor;

class HuggingFaceFolderTest {
  static final List<String> FOLDERS = Fixtures.FOLDERS;

  @TempDir Path temporary;

  private static long crc(MemorySegment parameters, Tensor tensor) {
    CRC32 crc = new CRC32();
    crc.update(
        parameters.asSlice(tensor.offsetElements() * 4, tensor.elements() * 4).asByteBuffer());
    return crc.getValue();
  }

  private static MemorySegment load(HuggingFaceFolder folder, Arena arena) {
    MemorySegment parameters = arena.allocate(folder.layout().sizeBytes(), 64);
    folder.requireEqualHead();
    WholeVector.fill(folder.layout(), folder, parameters);
    return parameters;
  }

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void everyValueIsTheOneThatHuggingFaceStored(String name) {
    JsonNode expected = Fixtures.json(Fixtures.path(name).resolve("expected.json"));
    try (HuggingFaceFolder folder = HuggingFaceFolder.open(Fixtures.path(name));
        Arena arena = Arena.ofConfined()) {
      MemorySegment parameters = load(folder, arena);
      assertEquals(expected.size(), folder.layout().tensors().size());
      for (Tensor tensor : folder.layout().tensors()) {
        assertEquals(
            expected.get(tensor.name()).longValue(), crc(parameters, tensor), tensor.name());
      }
    }
  }

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void theSameTensorsAreWrittenUnderTheSameNames(String name) throws IOException {
    Path source = Fixtures.copy(name, temporary);
    Files.writeString(source.resolve("tokenizer.json"), "{}");
    Path written = temporary.resolve("a/b/written");
    try (HuggingFaceFolder folder = HuggingFaceFolder.open(source);
        Arena arena = Arena.ofConfined()) {
      MemorySegment parameters = load(folder, arena);
      Files.createDirectories(written);
      TestTensor.write(written.resolve(HuggingFaceFolder.WEIGHTS), tensors(folder, parameters));
      HuggingFaceFolder.writeConfig(written, folder.config(), source);
      try (HuggingFaceFolder again = HuggingFaceFolder.open(written)) {
        assertEquals(folder.layout(), again.layout());
        assertEquals(-1, parameters.mismatch(load(again, arena)));
        assertEquals(folder.config().toJson(), again.config().json());
      }
    }
    assertEquals("{}", Files.readString(written.resolve("tokenizer.json")));
    assertFalse(Files.exists(written.resolve("vocab.json")));
  }

  private static List<TestTensor> tensors(HuggingFaceFolder folder, MemorySegment parameters) {
    return folder.layout().tensors().stream()
        .map(tensor ->
            new TestTensor(
                tensor.name(),
                tensor.shape(),
                parameters.asSlice(tensor.offsetElements() * 4, tensor.elements() * 4)))
        .toList();
  }

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void aRunOfATensorIsThatPartOfIt(String name) {
    try (HuggingFaceFolder folder = HuggingFaceFolder.open(Fixtures.path(name));
        Arena arena = Arena.ofConfined()) {
      MemorySegment parameters = load(folder, arena);
      for (Tensor tensor : folder.layout().tensors()) {
        long first = tensor.elements() / 3;
        MemorySegment run = arena.allocate(4 * (tensor.elements() - first - 1));
        folder.read(tensor, first, run);
        long offset = 4 * (tensor.offsetElements() + first);
        assertEquals(-1, run.mismatch(parameters.asSlice(offset, run.byteSize())), tensor.name());
      }
    }
  }

  private void assertRefused(Path folder, String... words) {
    UserInputException refused =
        assertThrows(
            UserInputException.class,
            () -> {
              try (HuggingFaceFolder opened = HuggingFaceFolder.open(folder);
                  Arena arena = Arena.ofConfined()) {
                load(opened, arena);
              }
            });
    String message = String.valueOf(refused.getMessage());
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
    assertEquals(1, message.lines().count(), message);
  }

  /** Writes the fixture again with other tensors. */
  private Path spoiled(String name, Consumer<List<TestTensor>> change) {
    Path copy = Fixtures.copy(name, temporary);
    try (SafetensorsFile file = SafetensorsFile.open(copy.resolve("model.safetensors"))) {
      List<TestTensor> tensors = new ArrayList<>();
      for (StoredTensor tensor : file.tensors().values()) {
        MemorySegment values = MemorySegment.ofArray(new byte[(int) tensor.sizeBytes()]);
        file.readFloats(tensor, values);
        tensors.add(new TestTensor(tensor.name(), tensor.shape(), values));
      }
      change.accept(tensors);
      TestTensor.write(copy.resolve("model.safetensors"), tensors);
    }
    return copy;
  }

  private static TestTensor zeros(String name, Long... shape) {
    long elements = List.of(shape).stream().reduce(1L, (a, b) -> a * b);
    return new TestTensor(
        name, List.of(shape), MemorySegment.ofArray(new byte[(int) elements * 4]));
  }

  @Test
  void aMissingTensorIsNamed() {
    Path folder =
        spoiled(
            "llama-tied", tensors -> tensors.removeIf(t -> t.name().equals("model.norm.weight")));
    assertRefused(folder, "model.norm.weight", "missing");
  }

  @Test
  void aWrongShapeIsNamed() {
    Path folder =
        spoiled(
            "llama-tied",
            tensors -> {
              tensors.removeIf(t -> t.name().equals("model.norm.weight"));
              tensors.add(zeros("model.norm.weight", 17L));
            });
    assertRefused(folder, "model.norm.weight", "[17]", "[16]");
  }

  @Test
  void anUnexpectedTensorIsNamed() {
    Path folder = spoiled("llama-tied", tensors -> tensors.add(zeros("model.extra.weight", 3L)));
    assertRefused(folder, "model.extra.weight", "does not belong");
  }

  @Test
  void knownBuffersAreIgnored() {
    Path folder =
        spoiled(
            "llama-tied",
            tensors -> tensors.add(zeros("model.layers.0.self_attn.rotary_emb.inv_freq", 2L)));
    HuggingFaceFolder.open(folder).close();
  }

  @Test
  void aStoredTiedHeadMustBeTheEmbedding() {
    Path equal =
        spoiled(
            "llama-tied",
            tensors ->
                tensors.stream()
                    .filter(t -> t.name().equals("model.embed_tokens.weight"))
                    .findAny()
                    .ifPresent(
                        t -> tensors.add(new TestTensor("lm_head.weight", t.shape(), t.values()))));
    try (HuggingFaceFolder folder = HuggingFaceFolder.open(equal);
        Arena arena = Arena.ofConfined()) {
      load(folder, arena);
    }
    Path other = spoiled("gpt2", tensors -> tensors.add(zeros("lm_head.weight", 67L, 16L)));
    assertRefused(other, "lm_head.weight", "differs", "tie_word_embeddings");
  }

  @Test
  void anUntiedHeadMustBeThere() {
    Path folder =
        spoiled("qwen2", tensors -> tensors.removeIf(t -> t.name().equals("lm_head.weight")));
    assertRefused(folder, "lm_head.weight", "missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.norm.weight|nowhere.safetensors|nowhere.safetensors",
        "model.norm.weight|../qwen2/model.safetensors|only a .safetensors",
        "model.norm.weight|/etc/passwd|only a .safetensors",
        "model.norm.weight|model-00001-of-00004.safetensors|model.norm.weight",
        "model.other.weight|model-00001-of-00004.safetensors|model.other.weight",
      })
  void aWrongIndexIsRefused(String tensor, String shard, String named) throws IOException {
    Path folder = Fixtures.copy("mistral-f16-shards", temporary);
    Path index = folder.resolve("model.safetensors.index.json");
    ObjectNode json = (ObjectNode) Fixtures.json(index);
    json.withObject("/weight_map").put(tensor, shard);
    Files.writeString(index, json.toString());
    assertRefused(folder, named);
  }

  @Test
  void aMissingShardIsNamed() throws IOException {
    Path folder = Fixtures.copy("mistral-f16-shards", temporary);
    Files.delete(folder.resolve("model-00003-of-00004.safetensors"));
    assertRefused(folder, "model-00003-of-00004.safetensors", "missing");
  }

  @Test
  void aFolderWithoutWeightsStillHasAConfiguration() throws IOException {
    Path folder = Fixtures.copy("llama-tied", temporary);
    Files.delete(folder.resolve("model.safetensors"));
    assertRefused(folder, "neither model.safetensors nor model.safetensors.index.json");
    assertEquals(16, HuggingFaceFolder.readConfig(folder).hiddenSize());
  }

  @Test
  void aFolderThatIsNoneIsRefused() throws IOException {
    assertRefused(temporary.resolve("none"), "none", "llama-25m");
    assertRefused(temporary, "config.json");
    Files.writeString(temporary.resolve("config.json"), "{\"a\": ");
    assertRefused(temporary, "config.json", "not valid JSON");
    Files.writeString(temporary.resolve("config.json"), "[]");
    assertRefused(temporary, "config.json", "JSON object");
  }
}
