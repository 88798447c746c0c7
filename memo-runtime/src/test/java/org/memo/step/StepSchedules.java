package org.memo.step;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.memo.device.simulated.SimulatedDevice;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.memory.PlannedAllocator;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.op.AdamWStep;
import org.memo.planner.MemoryPlan;
import org.memo.planner.cost.ElementType;
import org.memo.planner.swap.LayerForm;
import org.memo.profile.JobProfiler;
import org.memo.profile.StepJob;

/** Steps of a small model on the simulated device, with the addresses of their plan. */
final class StepSchedules {
  static final long TOKENS = 24;
  private static final long LOSS_TOKENS = 7;
  private static final AdamWStep ADAMW = new AdamWStep(1, 0, 0, 0, 1, 0, 1, 1);

  private StepSchedules() {}

  static StepSettings settings(
      long batchSize, double alpha, long tileTokens, int tileSlots, int residentLayers) {
    return new StepSettings(
        batchSize,
        TOKENS / batchSize,
        Math.round(alpha * TOKENS),
        tileTokens,
        tileSlots,
        Collections.nCopies(residentLayers, LayerForm.RESIDENT),
        LOSS_TOKENS,
        ActivationLayout.TILED,
        ElementType.F32,
        ParallelLayout.SINGLE);
  }

  /** Tells an observer what the device is given in some steps. */
  static PlannedAllocator run(
      int layers, StepSettings settings, int steps, int microBatches, Consumer<Recorded> observer) {
    return run(layers, settings, plan(layers, settings), steps, microBatches, observer);
  }

  /** The same, with a plan at hand. */
  static PlannedAllocator run(
      int layers,
      StepSettings settings,
      MemoryPlan plan,
      int steps,
      int microBatches,
      Consumer<Recorded> observer) {
    return run(layers, settings, 0, plan, steps, microBatches, observer);
  }

  /** The same of any rank. */
  static PlannedAllocator run(
      int layers,
      StepSettings settings,
      int rank,
      MemoryPlan plan,
      int steps,
      int microBatches,
      Consumer<Recorded> observer) {
    ModelConfig config = config(layers);
    PlannedAllocator allocator = new PlannedAllocator(plan);
    try (SimulatedDevice device = new SimulatedDevice(observer)) {
      StepProgram program =
          new StepProgram(config, ParameterLayout.of(config), settings, rank, device, allocator);
      for (int step = 0; step < steps; step++) {
        program.beginStep();
        for (int i = 0; i < microBatches; i++) {
          program.microBatch(filled(program.nextInputs()), settings.batchSize(), 1, 1f);
        }
        program.endMicroBatches();
        program.optimize(ADAMW, ADAMW);
      }
    }
    return allocator;
  }

  /** The tokens of a rank, padding included. */
  static long tokens(ParallelLayout ranks) {
    return ranks.tokensOfRank(TOKENS);
  }

  static List<Recorded> recording(int layers, StepSettings settings, int steps, int microBatches) {
    List<Recorded> recording = new ArrayList<>();
    run(layers, settings, steps, microBatches, recording::add);
    return recording;
  }

  static MemoryPlan plan(int layers, StepSettings settings) {
    ModelConfig config = config(layers);
    StepJob job =
        StepJob.onOneRank(
            config, ParameterLayout.of(config), settings.batchSize(), settings.sequenceLength());
    return MemoryPlan.of(JobProfiler.profile(job, settings).trace());
  }

  static ModelConfig config(int layers) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.putArray("architectures").add("LlamaForCausalLM");
    json.put("vocab_size", 11)
        .put("hidden_size", 8)
        .put("num_hidden_layers", layers)
        .put("num_attention_heads", 12)
        .put("num_key_value_heads", 4)
        .put("head_dim", 2)
        .put("intermediate_size", 12)
        .put("hidden_act", "silu")
        .put("rms_norm_eps", 1e-5)
        .put("rope_theta", 10000.0)
        .put("max_position_embeddings", 64)
        .put("tie_word_embeddings", layers % 2 == 0); // both kinds, whoever tries several
    return ModelConfig.of(json, "a test");
  }

  /** Touches all that the trainer fills. */
  private static InputStaging.Buffer filled(InputStaging.Buffer buffer) {
    buffer.tokens();
    buffer.targets();
    buffer.positions();
    buffer.segmentOffsets();
    return buffer;
  }
}
