package org.memo.planner.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.planner.MemoryPlan;
import org.memo.planner.trace.RequestTraceRecorder;

class PlanJsonTest {

  private static final String TEXT =
      """
      {
        "alignment_bytes": 128,
        "slab_bytes": 1408,
        "lower_bound_bytes": 1408,
        "level1_optimal": true,
        "fragmentation": 0.0,
        "sections": [
          {"name": "setup", "tensors": [
            {"name":"weights","lower":0,"upper":5,"size_bytes":1000,"offset_bytes":0}
          ]},
          {"name": "micro-batch", "tensors": [
            {"name":"hidden","lower":1,"upper":3,"size_bytes":200,"offset_bytes":1024},
            {"name":"logits","lower":2,"upper":4,"size_bytes":77,"offset_bytes":1280}
          ]}
        ]
      }
      """;

  private static MemoryPlan plan() {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection("setup");
    recorder.malloc("weights", 1000);
    recorder.beginSection("micro-batch");
    long hidden = recorder.malloc("hidden", 200);
    long logits = recorder.malloc("logits", 77);
    recorder.free(hidden);
    recorder.free(logits);
    return MemoryPlan.of(recorder.trace());
  }

  @Test
  void aPlanIsWrittenWithALinePerTensor() {
    assertEquals(TEXT, PlanJson.format(plan()));
  }

  @Test
  void aPlanComesBackFromItsText() {
    assertEquals(plan(), PlanJson.parse(TEXT));
    MemoryPlan empty = new MemoryPlan(1, 0, 0, false, List.of());
    assertEquals(empty, PlanJson.parse(PlanJson.format(empty)));
  }

  @Test
  void namesAreEscaped() {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection("a \"phase\"\n");
    recorder.free(recorder.malloc("t\\\"ä\u0000%s", 1));
    MemoryPlan plan = MemoryPlan.of(recorder.trace());
    assertEquals(plan, PlanJson.parse(PlanJson.format(plan)));
  }

  @Test
  void aPlanComesBackFromItsFileAndNothingElseIsLeft(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("plan.json");
    PlanJson.write(plan(), file);
    PlanJson.write(plan(), file);
    assertEquals(plan(), PlanJson.read(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void aFileThatCannotBeReadIsNamed(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("plan.json");
    assertThrows(NoSuchFileException.class, () -> PlanJson.read(file));
    Files.writeString(file, "{");
    Exception e = assertThrows(IllegalArgumentException.class, () -> PlanJson.read(file));
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "slab_bytes": 1408       | "slab_bytes": 1407       | peak is stated as 1407
          "lower_bound_bytes": 1408 | "lower_bound_bytes": 0  | lower bound is stated as 0
          "alignment_bytes": 128   | "alignment_bytes": 0     | alignment is 0
          "offset_bytes":1280      | "offset_bytes":1024      | share bytes
          "offset_bytes":1280      | "offset_bytes":1281      | not a multiple
          "offset_bytes":1280      | "offset_bytes":1280.5    | line 13
          "offset_bytes":1280      | "offset_bytes":"1280"    | line 13
          "offset_bytes":1280      | "offset_bytes":null      | line 13
          "offset_bytes":1280      | "offset":1280            | line 13
          ,"offset_bytes":1280     | ''                       | offset_bytes
          "size_bytes":77         | "size_bytes":-77        | size -77
          "size_bytes":77         | "size_bytes":99999999999999999999 | line 13
          "lower":2                | "lower":2,"lower":2      | Duplicate
          "name":"logits"          | "name":null              | name
          "upper":4                | "upper":9                | alive until
          "slab_bytes": 1408,      | ''                       | slab_bytes
          "level1_optimal": true   | "level1_optimal": 1      | line 5
          "sections": [            | "sections": [null,       | line
          "fragmentation": 0.0     | "fragmentation": x       | line 6
          """)
  void aFalsePlanIsRefused(String original, String replacement, String expectedText) {
    String changed = TEXT.replace(original, replacement);
    assertTrue(!changed.equals(TEXT));
    assertRefused(changed, expectedText);
  }

  @Test
  void textAroundThePlanIsRefused() {
    assertRefused("", "not well-formed");
    assertRefused("null", "not well-formed");
    assertRefused("[]", "not well-formed");
    assertRefused(TEXT.substring(0, 300), "not well-formed");
    assertRefused(TEXT + "}", "not well-formed");
  }

  private static void assertRefused(String text, String expectedText) {
    Exception e = assertThrows(IllegalArgumentException.class, () -> PlanJson.parse(text));
    assertTrue(e.getMessage().contains(expectedText), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }
}
