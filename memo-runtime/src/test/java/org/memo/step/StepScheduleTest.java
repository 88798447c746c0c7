package org.memo.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.device.simulated.SimulatedDevice;
import org.memo.device.simulated.SimulatedDevice.EventAwaited;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.memory.PlannedAllocator;
import org.memo.memory.UnplannedRequestException;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.op.AdamWStep;
import org.memo.planner.MemoryPlan;
import org.memo.profile.JobProfiler;

/** The step's schedule, on the simulated device with the addresses of a plan. */
class StepScheduleTest {
  private static final long TOKENS = 24;
  private static final AdamWStep ADAMW = new AdamWStep(1, 0, 0, 0, 1, 0, 1, 1);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void everyConflictingPairOfAccessesIsOrdered(int layers) {
    for (double alpha : new double[] {0, 0.25, 0.5, 1}) {
      for (long tile : new long[] {5, 8, TOKENS}) {
        for (int resident = 0; resident <= layers; resident = resident * 2 + 1) {
          for (int slots = 2; slots <= 3; slots++) {
            StepSettings settings =
                new StepSettings(
                    2, TOKENS / 2, Math.round(alpha * TOKENS), tile, slots, resident, 7);
            RaceDetector detector = new RaceDetector();
            run(layers, settings, 2, detector);
            assertTrue(detector.races().isEmpty(), () -> settings + ": " + detector.races());
          }
        }
      }
    }
  }

  @Test
  void withoutItsEventsTheScheduleWouldRace() {
    RaceDetector detector = new RaceDetector();
    run(
        3,
        new StepSettings(1, TOKENS, 12, 5, 2, 0, 7),
        1,
        entry -> {
          if (!(entry instanceof EventAwaited)) {
            detector.accept(entry);
          }
        });
    assertTrue(detector.races().size() > 10, () -> detector.races().toString());
  }

  @Test
  void aProgramRunsTwiceInThePlanOfItsProfileAndReachesItsPeak() {
    StepSettings settings = new StepSettings(1, TOKENS, 12, 5, 2, 1, 7);
    MemoryPlan plan = plan(3, settings);
    assertEquals(plan.slabBytes(), run(3, settings, 2, entry -> {}).peakBytes());
  }

  @Test
  void aPlanOfOtherSettingsIsRefused() {
    ModelConfig config = config(2);
    ParameterLayout layout = ParameterLayout.of(config);
    MemoryPlan plan = plan(2, new StepSettings(1, TOKENS, 12, 5, 2, 0, 7));
    try (SimulatedDevice device = new SimulatedDevice(entry -> {})) {
      assertThrows(
          UnplannedRequestException.class,
          () ->
              new StepProgram(
                  config,
                  layout,
                  new StepSettings(1, TOKENS, 12, 6, 2, 0, 7),
                  device,
                  new PlannedAllocator(plan)));
    }
  }

  @Test
  void theTilesOfASegmentAreCutWhereSwappingEnds() {
    StepSettings settings = new StepSettings(1, 10, 4, 3, 2, 0, 7);
    assertEquals(
        "[TokenTile[start=0, tokens=3, swapped=true], TokenTile[start=3, tokens=1, swapped=true],"
            + " TokenTile[start=4, tokens=3, swapped=false],"
            + " TokenTile[start=7, tokens=3, swapped=false]]",
        settings.tiles().toString());
  }

  private static PlannedAllocator run(
      int layers, StepSettings settings, int microBatches, Consumer<Recorded> observer) {
    PlannedAllocator allocator = new PlannedAllocator(plan(layers, settings));
    ModelConfig config = config(layers);
    try (SimulatedDevice device = new SimulatedDevice(observer)) {
      StepProgram program =
          new StepProgram(config, ParameterLayout.of(config), settings, device, allocator);
      program.beginStep();
      for (int i = 0; i < microBatches; i++) {
        program.microBatch(program.nextInputs(), 2, 1, 1f);
      }
      program.endMicroBatches();
      program.optimize(ADAMW, ADAMW);
    }
    return allocator;
  }

  private static MemoryPlan plan(int layers, StepSettings settings) {
    ModelConfig config = config(layers);
    return MemoryPlan.of(JobProfiler.profile(config, ParameterLayout.of(config), settings).trace());
  }

  private static ModelConfig config(int layers) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.putArray("architectures").add("LlamaForCausalLM");
    json.put("vocab_size", 11)
        .put("hidden_size", 8)
        .put("num_hidden_layers", layers)
        .put("num_attention_heads", 2)
        .put("num_key_value_heads", 1)
        .put("intermediate_size", 12)
        .put("hidden_act", "silu")
        .put("rms_norm_eps", 1e-5)
        .put("rope_theta", 10000.0)
        .put("max_position_embeddings", 64)
        .put("tie_word_embeddings", true);
    return ModelConfig.of(json, "a test");
  }
}
