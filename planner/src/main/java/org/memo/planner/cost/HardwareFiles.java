package org.memo.planner.cost;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Hardware files: JSON whose keys are the components of {@link Hardware} and of its parts. */
final class HardwareFiles {
  static final List<String> NAMES =
      List.of("a800-80gb", "a100-80gb", "h100-80gb", "h200-141gb", "b200", "rtx-4090-24gb");

  private static final Map<String, String> ALIASES = Map.of("h200", "h200-141gb");

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .defaultSetterInfo(JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL))
          .build();

  private HardwareFiles() {}

  static Hardware named(String name) {
    String resource = ALIASES.getOrDefault(name, name);
    if (!NAMES.contains(resource)) {
      throw new IllegalArgumentException(
          "there is no hardware named %s; there are %s, and files that memo profile writes"
              .formatted(name, String.join(", ", NAMES)));
    }
    return parse(resource + ".json", resource(resource + ".json"));
  }

  static Hardware read(Path file) {
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no hardware file " + file, e);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read hardware file " + file + ": " + e, e);
    }
  }

  static void write(Hardware hardware, Path file) {
    try {
      Files.writeString(file, MAPPER.writeValueAsString(hardware) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write hardware file " + file, e);
    }
  }

  static Hardware parse(String file, String text) {
    try {
      Hardware hardware = MAPPER.readValue(text, Hardware.class);
      if (hardware == null) {
        throw new IllegalArgumentException("hardware file " + file + " is null");
      }
      return hardware;
    } catch (JsonMappingException e) {
      throw new IllegalArgumentException(
          "hardware file %s%s: %s".formatted(file, key(e), reason(e)), e);
    } catch (JsonProcessingException e) {
      String line = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
      throw new IllegalArgumentException(
          "hardware file %s%s: %s".formatted(file, line, plain(e.getOriginalMessage())), e);
    }
  }

  private static String key(JsonMappingException e) {
    String key =
        e.getPath().stream()
            .map(JsonMappingException.Reference::getFieldName)
            .collect(Collectors.joining("."));
    return key.isEmpty() ? "" : ", key " + key;
  }

  /** What is wrong with the value of a key: a record's own complaint where there is one. */
  private static String reason(JsonMappingException e) {
    if (e instanceof UnrecognizedPropertyException) {
      return "hardware files have no such key";
    }
    String message = e.getOriginalMessage();
    if (message.startsWith("Missing creator property")) {
      return "it is missing";
    }
    String complaint = e.getCause() == null ? null : e.getCause().getMessage();
    if (e.getCause() instanceof IllegalArgumentException && complaint != null) {
      return complaint;
    }
    int nested = message.lastIndexOf("not one of the values accepted");
    return nested < 0 ? plain(message) : message.substring(nested);
  }

  /** Jackson's sentence without its advice to programmers. */
  private static String plain(String message) {
    return message.split("\\R|;| \\(but | \\(for | \\(class ", 2)[0];
  }

  private static String resource(String name) {
    try (InputStream in = HardwareFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the planner lacks its resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the planner's resource " + name, e);
    }
  }
}
