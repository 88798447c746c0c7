package org.memo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The checkpoints of {@code make_model_fixtures.py}, and small files made by hand. */
final class Fixtures {
  static final List<String> FOLDERS =
      List.of(
          "llama-tied",
          "llama-biases-bf16",
          "mistral-f16-shards",
          "qwen2",
          "gpt2",
          "gpt2-hub-names");

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Fixtures() {}

  static Path path(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Fixtures.class.getResource("/model/" + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A copy that a test may spoil. */
  static Path copy(String name, Path parent) {
    Path target = parent.resolve(name);
    try (Stream<Path> files = Files.list(path(name))) {
      Files.createDirectories(target);
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(Path file) {
    try {
      return MAPPER.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The {@code config.json} of a fixture with the keys of {@code changes} set. */
  static ObjectNode config(String name, String changes) {
    ObjectNode config = (ObjectNode) json(path(name).resolve("config.json"));
    config.setAll((ObjectNode) json(changes));
    return config;
  }

  static byte[] safetensors(String header, byte... data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .put(data)
        .array();
  }
}
