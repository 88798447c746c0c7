package org.memo.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.memo.UserInputException;

/** JSON files beside a model: read whole, with a limit on their size. */
final class JsonFile {
  /** An index of 100,000 tensors has about 10 MB. */
  private static final long MAX_SIZE_BYTES = 100L << 20;

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private JsonFile() {}

  /** The object in {@code file}; anything else is the user's mistake. */
  static ObjectNode readObject(Path file) {
    try {
      if (Files.size(file) > MAX_SIZE_BYTES) {
        throw new UserInputException(
            "%s has %d bytes, too many for a JSON file of a model: at most %d are read."
                .formatted(file, Files.size(file), MAX_SIZE_BYTES));
      }
      JsonNode tree = MAPPER.readTree(Files.readAllBytes(file));
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw new UserInputException("%s does not hold a JSON object.".formatted(file));
    } catch (NoSuchFileException e) {
      throw new UserInputException("There is no file %s.".formatted(file), e);
    } catch (JsonProcessingException e) {
      throw new UserInputException(
          "%s is not valid JSON: %s.".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new UserInputException("Cannot read %s: %s.".formatted(file, e), e);
    }
  }

  /** Indented text that ends with a line break. */
  static byte[] toBytes(ObjectNode tree) {
    return (tree.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  static ObjectNode newObject() {
    return MAPPER.createObjectNode();
  }
}
