package org.memo.planner.io;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Collectors;
import org.memo.planner.MemoryPlan;
import org.memo.planner.PlannedSection;

/**
 * Plans as JSON with a line per tensor, so that two plans can be compared by any diff tool:
 *
 * <pre>
 * {
 *   "alignment_bytes": 128,
 *   "slab_bytes": 4224,
 *   "lower_bound_bytes": 4224,
 *   "level1_optimal": true,
 *   "fragmentation": 0.0,
 *   "sections": [
 *     {"name": "setup", "tensors": [
 *       {"name":"weights","lower":0,"upper":3,"size_bytes":4096,"offset_bytes":0}
 *     ]},
 *     {"name": "micro-batch", "tensors": [
 *       {"name":"logits","lower":1,"upper":2,"size_bytes":100,"offset_bytes":4096}
 *     ]}
 *   ]
 * }
 * </pre>
 */
public final class PlanJson {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .defaultSetterInfo(JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL))
          .build();

  /** The file's outline. The fragmentation is for the reader's eye: it follows from the rest. */
  private record PlanFile(
      long alignmentBytes,
      long slabBytes,
      long lowerBoundBytes,
      @JsonProperty("level1_optimal") boolean level1Optimal,
      double fragmentation,
      List<PlannedSection> sections) {}

  private PlanJson() {}

  /** Writes a plan; the file appears whole or not at all. */
  public static void write(MemoryPlan plan, Path file) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try {
      Files.writeString(unfinished, format(plan));
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** Reads a file as {@link #parse} does, and names it in every complaint. */
  public static MemoryPlan read(Path file) throws IOException {
    try {
      return parse(Files.readString(file));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Understands a plan, and checks all of it anew.
   *
   * @throws IllegalArgumentException if the text is not well-formed (naming the line) or the plan
   *     is not valid (naming the broken rule)
   */
  public static MemoryPlan parse(String text) {
    try {
      PlanFile plan = MAPPER.readValue(text, PlanFile.class);
      if (plan == null) {
        throw new IllegalArgumentException("the plan is not well-formed: it is null");
      }
      return new MemoryPlan(
          plan.alignmentBytes,
          plan.slabBytes,
          plan.lowerBoundBytes,
          plan.level1Optimal,
          plan.sections);
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : " in line " + e.getLocation().getLineNr();
      throw new IllegalArgumentException(
          "the plan is not well-formed%s: %s".formatted(where, plain(e.getOriginalMessage())), e);
    }
  }

  /** The text that {@link #parse} understands as this plan. */
  public static String format(MemoryPlan plan) {
    return """
    {
      "alignment_bytes": %s,
      "slab_bytes": %s,
      "lower_bound_bytes": %s,
      "level1_optimal": %s,
      "fragmentation": %s,
      "sections": [
    %s
      ]
    }
    """
        .formatted(
            plan.alignmentBytes(),
            plan.slabBytes(),
            plan.lowerBoundBytes(),
            plan.level1Optimal(),
            plan.fragmentation(),
            plan.sections().stream().map(PlanJson::format).collect(Collectors.joining(",\n")));
  }

  private static String format(PlannedSection section) {
    return section.tensors().stream()
        .map(tensor -> "      " + json(tensor))
        .collect(
            Collectors.joining(
                ",\n",
                "    {\"name\": %s, \"tensors\": [\n".formatted(json(section.name())),
                "\n    ]}"));
  }

  private static String json(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a string or a record of numbers has no JSON form", e);
    }
  }

  /** Jackson's sentence without its advice to programmers. */
  private static String plain(String message) {
    return message.split("\\R|;| \\(but ", 2)[0];
  }
}
