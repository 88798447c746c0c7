package org.memo.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/**
 * Parses and checks the JSON header of a safetensors file: every tensor lies inside the file, has
 * the size of its shape, and the tensors cover the data without a gap or an overlap, as the
 * reference implementation demands.
 */
final class SafetensorsHeader {
  /** No weight has more dimensions; a lying header must not fill the heap with them. */
  private static final int MAX_DIMENSIONS = 16;

  private static final String METADATA = "__metadata__";

  private static final Map<String, Integer> ELEMENT_BYTES =
      Map.ofEntries(
          Map.entry("F64", 8),
          Map.entry("I64", 8),
          Map.entry("U64", 8),
          Map.entry("C64", 8),
          Map.entry("F32", 4),
          Map.entry("I32", 4),
          Map.entry("U32", 4),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I16", 2),
          Map.entry("U16", 2),
          Map.entry("I8", 1),
          Map.entry("U8", 1),
          Map.entry("BOOL", 1),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("F8_E8M0", 1));

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private final Path file;
  private final long dataBytes;
  private final JsonParser parser;

  private SafetensorsHeader(Path file, long dataBytes, JsonParser parser) {
    this.file = file;
    this.dataBytes = dataBytes;
    this.parser = parser;
  }

  /**
   * The tensors by name, in the order of their data.
   *
   * @param header JSON, padded with spaces
   * @param dataBytes what follows the header in the file
   */
  static Map<String, StoredTensor> parse(byte[] header, long dataBytes, Path file) {
    try (JsonParser parser = JSON.createParser(header)) {
      return new SafetensorsHeader(file, dataBytes, parser).tensors();
    } catch (IOException e) {
      throw new UserInputException(
          "%s has a header that is not valid JSON: %s.".formatted(file, oneLine(e)), e);
    }
  }

  private static String oneLine(IOException e) {
    String text =
        e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.toString();
    return text.lines().findFirst().orElse("");
  }

  private Map<String, StoredTensor> tensors() throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw refuse("has a header that is not a JSON object");
    }
    List<StoredTensor> tensors = new ArrayList<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      if (name.equals(METADATA)) {
        parser.skipChildren();
      } else {
        tensors.add(tensor(name));
      }
    }
    if (parser.nextToken() != null) {
      throw refuse("has more than one JSON object in its header");
    }
    tensors.sort(
        Comparator.comparingLong(StoredTensor::beginBytes)
            .thenComparingLong(StoredTensor::endBytes));
    requireCover(tensors);
    Map<String, StoredTensor> byName = new LinkedHashMap<>();
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    return Collections.unmodifiableMap(byName);
  }

  private StoredTensor tensor(String name) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw refuse(name, "is not described by an object");
    }
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      parser.nextToken();
      switch (key) {
        case "dtype" -> dtype = parser.getValueAsString();
        case "shape" -> shape = wholeNumbers(name, key);
        case "data_offsets" -> offsets = wholeNumbers(name, key);
        default -> parser.skipChildren();
      }
    }
    return checked(name, dtype, shape, offsets);
  }

  private List<Long> wholeNumbers(String name, String key) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw refuse(name, "has a " + key + " that is not a list");
    }
    List<Long> numbers = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
          || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || parser.getLongValue() < 0) {
        throw refuse(
            name, "has a " + key + " with something else than whole numbers from 0 to 2^63 - 1");
      }
      numbers.add(parser.getLongValue());
      if (numbers.size() > MAX_DIMENSIONS) {
        throw refuse(name, "has a %s of more than %d numbers".formatted(key, MAX_DIMENSIONS));
      }
    }
    return numbers;
  }

  private StoredTensor checked(
      String name,
      @Nullable String dtype,
      @Nullable List<Long> shape,
      @Nullable List<Long> offsets) {
    if (dtype == null || shape == null || offsets == null) {
      throw refuse(name, "lacks its dtype, shape or data_offsets");
    }
    if (offsets.size() != 2) {
      throw refuse(name, "has %d data_offsets, but must have 2".formatted(offsets.size()));
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (begin > end || end > dataBytes) {
      throw refuse(
          name,
          "has the data_offsets %d to %d, but the data has %d bytes"
              .formatted(begin, end, dataBytes));
    }
    requireSize(name, dtype, shape, end - begin);
    return new StoredTensor(name, dtype, shape, begin, end);
  }

  /** An unknown element type cannot be checked; only a tensor that is needed is refused for it. */
  private void requireSize(String name, String dtype, List<Long> shape, long sizeBytes) {
    Integer elementBytes = ELEMENT_BYTES.get(dtype);
    if (elementBytes == null) {
      return;
    }
    try {
      long needed = shape.stream().reduce((long) elementBytes, Math::multiplyExact);
      if (needed != sizeBytes) {
        throw refuse(
            name,
            "of shape %s and dtype %s has %d bytes, but must have %d"
                .formatted(shape, dtype, sizeBytes, needed));
      }
    } catch (ArithmeticException e) {
      throw refuse(name, "has the shape %s, whose size overflows".formatted(shape));
    }
  }

  private void requireCover(List<StoredTensor> tensors) {
    long covered = 0;
    for (StoredTensor tensor : tensors) {
      if (tensor.beginBytes() < covered) {
        throw refuse(tensor.name(), "overlaps another one at byte " + tensor.beginBytes());
      }
      if (tensor.beginBytes() > covered) {
        throw refuse(
            tensor.name(),
            "starts at byte %d, but the data before it ends at %d"
                .formatted(tensor.beginBytes(), covered));
      }
      covered = tensor.endBytes();
    }
    if (covered != dataBytes) {
      throw refuse("has %d bytes of data, but its tensors end at %d".formatted(dataBytes, covered));
    }
  }

  private UserInputException refuse(String name, String what) {
    String shortName = name.length() <= 120 ? name : name.substring(0, 117) + "...";
    return refuse("is not valid: tensor %s %s".formatted(shortName, what));
  }

  private UserInputException refuse(String what) {
    return new UserInputException("%s %s.".formatted(file, what));
  }
}
