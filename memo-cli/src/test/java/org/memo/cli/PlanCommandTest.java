package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.planner.cost.Hardware;

class PlanCommandTest {
  private static final List<String> KEYS =
      List.of(
          "fits",
          "alpha",
          "resident_layers",
          "slab_bytes",
          "lower_bound_bytes",
          "fragmentation",
          "host_bytes_per_rank",
          "step_seconds",
          "mfu_causal",
          "mfu_full",
          "tokens_per_second_per_gpu",
          "stall_seconds",
          "plan_seconds",
          "level1_optimal",
          "max_sequence");

  @TempDir private Path folder;

  @Test
  void thePapersHeadlineIsToldInTextAndJson() throws IOException {
    Path json = folder.resolve("plan.json");
    CommandLineRun run =
        plan("gpt-7b", "1M", "a800-80gb", "--gpus", "8", "--strategy", "memo", "--json", "" + json);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("limited by host memory"), run.out());
    JsonNode answer = new ObjectMapper().readTree(json.toFile());
    KEYS.forEach(key -> assertTrue(answer.has(key), key));
    assertTrue(answer.get("fits").asBoolean());
    assertTrue(answer.get("level1_optimal").asBoolean());
    assertEquals(2, answer.get("resident_layers").asInt());
    assertEquals(0, answer.get("fragmentation").asDouble());
    assertEquals(0.466, answer.get("alpha").asDouble(), 0.005);
    assertTrue(answer.get("max_sequence").isNull());
  }

  @Test
  void whatDoesNotFitIsCode3AndJsonAllTheSame() throws IOException {
    Path json = folder.resolve("plan.json");
    CommandLineRun run =
        plan("gpt-7b", "1M", "a800-80gb", "--strategy", "none", "--json", "" + json);
    assertEquals(3, run.exitCode());
    assertEquals(1, run.err().lines().count(), run.err());
    JsonNode answer = new ObjectMapper().readTree(json.toFile());
    KEYS.forEach(key -> assertTrue(answer.has(key), key));
    assertFalse(answer.get("fits").asBoolean());
    assertTrue(answer.get("needed_bytes").asLong() > answer.get("available_bytes").asLong());
  }

  @Test
  void everyStrategyIsComparedAndTheLongestSequenceFound() throws IOException {
    Path json = folder.resolve("plan.json");
    CommandLineRun run =
        plan(
            "llama-1b",
            "32K",
            "h100-80gb",
            "--gpus",
            "1",
            "--compare",
            "--max-sequence",
            "--json",
            "" + json);
    assertEquals(0, run.exitCode(), run.err());
    for (String strategy : List.of("best", "memo", "recompute", "swap", "none")) {
      assertTrue(run.out().contains(System.lineSeparator() + strategy), run.out());
    }
    JsonNode answer = new ObjectMapper().readTree(json.toFile());
    assertEquals(4, answer.get("compare").size());
    assertTrue(answer.get("max_sequence").asLong() > 32 * 1024);
  }

  /** The paper's runs: 40 heads on 16 GPUs, 56 on 32. */
  @ParameterizedTest
  @CsvSource({"gpt-13b, 16, 40, 48, 20", "gpt-30b, 32, 56, 64, 14"})
  void headsArePaddedWhereNoRingIsWanted(
      String model, int gpus, int heads, int attending, int percent) throws IOException {
    Path json = folder.resolve("plan.json");
    String[] options = {
      "--strategy", "memo", "--gpus", "" + gpus, "--ring", "1", "--json", "" + json
    };
    CommandLineRun run = plan(model, "1408K", "a800-80gb", options);
    assertEquals(0, run.exitCode(), run.err());
    String padding =
        "%d query heads are padded to %d for %d ranks: %d %% more attention"
            .formatted(heads, attending, gpus, percent);
    assertTrue(run.out().contains(padding), run.out());
    JsonNode answer = new ObjectMapper().readTree(json.toFile());
    assertEquals(gpus, answer.get("sequence_parallel").asInt());
    assertEquals(1, answer.get("data_parallel").asInt());
    assertEquals(heads, answer.get("query_heads").asInt());
    assertEquals(attending, answer.get("attending_heads").asInt());
  }

  @Test
  void allGpusShareASequenceInTheFastestLayout() throws IOException {
    Path json = folder.resolve("plan.json");
    String[] options = {"--gpus", "64", "--json", "" + json};
    CommandLineRun run = plan("llama-8b", "1M", "h100-80gb", options);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(
        run.out().contains("64 ranks = 8 places of a ring x 8 ranks that share the heads"),
        run.out());
    assertTrue(run.out().contains("chosen from ring 2: "), run.out());
    JsonNode answer = new ObjectMapper().readTree(json.toFile());
    assertEquals(64, answer.get("sequence_parallel").asInt());
    assertEquals(8, answer.get("ring").asInt());
    assertEquals(8, answer.get("ulysses").asInt());
    assertEquals(1, answer.get("data_parallel").asInt());
    assertEquals(2, answer.get("layouts").size());
    for (JsonNode layout : answer.get("layouts")) {
      assertTrue(layout.get("step_seconds").asDouble() >= answer.get("step_seconds").asDouble());
    }
    double communication = answer.get("communication_seconds").asDouble();
    double hidden = answer.get("hidden_communication_seconds").asDouble();
    assertTrue(hidden > 0 && hidden <= communication, hidden + " of " + communication);
    long sum = 0;
    for (JsonNode bytes : answer.get("peak_bytes_by_kind")) {
      sum += bytes.asLong();
    }
    assertEquals(answer.get("lower_bound_bytes").asLong(), sum, 4096); // what aligns them
  }

  @Test
  void groupsOfGpusHaveSequencesOfTheirOwn() throws IOException {
    Path json = folder.resolve("plan.json");
    String[] options = {"--gpus", "16", "--data-parallel", "2", "--json", "" + json};
    CommandLineRun run = plan("llama-1b", "64K", "h100-80gb", options);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(
        run.out().contains("16 ranks = 2 groups with sequences of their own x 8"), run.out());
    JsonNode answer = new ObjectMapper().readTree(json.toFile());
    assertEquals(8, answer.get("sequence_parallel").asInt());
    assertEquals(2, answer.get("data_parallel").asInt());
  }

  @Test
  void aHuggingFaceFolderNeedsItsConfigAlone() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 1000,
         "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 3,
         "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu",
         "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "max_position_embeddings": 65536,
         "tie_word_embeddings": false}
        """);
    CommandLineRun run = plan(folder.toString(), "16K", "a100-80gb", "--gpus", "4");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("4 ranks share a sequence"), run.out());
  }

  @Test
  void aHardwareFileIsTakenByItsPath() {
    Path file = folder.resolve("mine.json");
    Hardware.named("a100-80gb").write(file);
    assertEquals(0, plan("llama-1b", "8K", file.toString(), "--gpus", "1").exitCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "gpt-8b # 1M # a800-80gb # '' # --model is gpt-8b",
        "gpt-7b # none # a800-80gb # '' # --sequence-length is none",
        "gpt-7b # 0 # a800-80gb # '' # --sequence-length is 0",
        "gpt-7b # 1M # a900 # '' # --hardware",
        "gpt-7b # 1M # a800-80gb # --gpus=0 # --gpus is 0",
        "gpt-7b # 1M # a800-80gb # --gpus=9 --nodes=2 # --gpus and --nodes",
        "gpt-7b # 1M # a800-80gb # --gpus=32 --nodes=2 # --gpus and --nodes",
        "gpt-7b # 1M # a800-80gb # --strategy=fast # --strategy is 'fast'",
        "gpt-7b # 1M # a800-80gb # --host-memory=lots # --host-memory is lots",
        "gpt-7b # 1M # a800-80gb # --sequence-parallel=3 # --sequence-parallel is 3",
        "gpt-7b # 1M # a800-80gb # --gpus=64 --ring=1 # --ring is 1; valid is auto or a divisor",
        "gpt-7b # 1M # a800-80gb # --ring=some # --ring is some; valid is auto or a number",
        "gpt-7b # 1M # a800-80gb # --ring=3 # --ring is 3; valid is auto or a divisor of the 8"
            + " GPUs",
        "gpt-7b # 1M # a800-80gb # --data-parallel=3 # --data-parallel is 3; valid is a divisor",
        "gpt-7b # 1M # a800-80gb # --sequence-parallel=4 --data-parallel=4 # valid is 2, as 4 of",
        "gpt-7b # 1M # a800-80gb # --precision=f16 # --precision is f16; valid is bf16 or f32",
        "gpt-7b # 1M # a800-80gb # --device=host # --device is host; valid is for --hardware this",
        "gpt-7b # 1M # this # --precision=f16 # --precision is f16; valid is bf16 or f32",
        "gpt-7b # 1M # this # --shard=some # --shard is some",
        "gpt-7b # 1M # this # --host-memory=lots # --host-memory is lots",
        "gpt-7b # 1M # this # --device=tpu # --device is 'tpu'; valid is auto, host",
        "gpt-7b # 1M # this # --threads=0 # --threads is 0; valid is 1 to 1024",
        "gpt-7b # 1M # a800-80gb # --shard=some # --shard is some",
        "gpt-7b # 1M # a800-80gb # --batch-size=0 # --batch-size is 0",
        "gpt2-124m # 1M # a800-80gb # '' # gpt2-124m has 1024 learned positions",
      })
  void aWrongOptionIsCode2AndOneSentence(
      String model, String length, String hardware, String more, String message) {
    String[] options = more.isEmpty() ? new String[0] : more.split(" ");
    CommandLineRun run = plan(model, length, hardware, options);
    assertEquals(2, run.exitCode(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }

  @Test
  void theHostMemoryThatIsNamedIsANodesAndSuffices() {
    CommandLineRun refused =
        plan("llama-8b", "64K", "h100-80gb", "--gpus", "8", "--host-memory", "0");
    assertEquals(3, refused.exitCode());
    String needed = refused.err().replaceAll("(?s).*--host-memory ([0-9]+) .*", "$1");
    String tooLittle = String.valueOf(Long.parseLong(needed) - 1);
    assertEquals(0, planWithHost(needed).exitCode());
    assertEquals(3, planWithHost(tooLittle).exitCode());
  }

  private static CommandLineRun planWithHost(String bytes) {
    return plan("llama-8b", "64K", "h100-80gb", "--gpus", "8", "--host-memory", bytes);
  }

  @Test
  void learnedPositionsLimitTheLongestSequence() throws IOException {
    Path json = folder.resolve("plan.json");
    assertEquals(
        0,
        plan("gpt2-124m", "1K", "b200", "--gpus", "1", "--max-sequence", "--json", "" + json)
            .exitCode());
    assertEquals(1024, new ObjectMapper().readTree(json.toFile()).get("max_sequence").asLong());
  }

  @Test
  void theBestIsNoSlowerThanAnyOtherStrategy() throws IOException {
    Path json = folder.resolve("plan.json");
    plan("llama-8b", "64K", "h100-80gb", "--gpus", "8", "--compare", "--json", "" + json);
    JsonNode answer = new ObjectMapper().readTree(json.toFile());
    for (JsonNode other : answer.get("compare")) {
      assertTrue(answer.get("step_seconds").asDouble() <= other.get("step_seconds").asDouble());
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsToldBeforeAnythingIsPlanned() {
    CommandLineRun run = plan("gpt-7b", "1M", "a800-80gb", "--json", folder.toString());
    assertEquals(2, run.exitCode());
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("memo: --json is "), run.err());
  }

  private static CommandLineRun plan(String model, String length, String hardware, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("plan", "--model", model, "--sequence-length", length, "--hardware", hardware));
    arguments.addAll(List.of(more));
    return CommandLineRun.of(new FakeTraining(), arguments.toArray(String[]::new));
  }
}
