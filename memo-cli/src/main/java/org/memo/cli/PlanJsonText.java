package org.memo.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.memo.DoesNotFitException;
import org.memo.plan.PlanAnswer;
import org.memo.plan.StepPlan;
import org.memo.plan.StepPrediction;
import org.memo.planner.MemoryPlan;
import org.memo.planner.report.PeakUse;
import org.memo.planner.swap.LayerForm;
import org.memo.profile.StepJob;

/** What {@code memo plan --json} writes. What is not known for a step that does not fit is null. */
final class PlanJsonText {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final List<String> KEYS_OF_A_PLAN =
      List.of(
          "alpha",
          "alpha_bound",
          "layer_forms",
          "tile_tokens",
          "tile_slots",
          "head_groups",
          "swapped_bytes",
          "recomputed_tokens",
          "resident_layers",
          "slab_bytes",
          "lower_bound_bytes",
          "fragmentation",
          "level1_optimal",
          "host_bytes_per_rank",
          "step_seconds",
          "stall_seconds",
          "mfu_causal",
          "mfu_full",
          "tokens_per_second_per_gpu",
          "communication_seconds",
          "hidden_communication_seconds",
          "peak_bytes_by_kind");

  private PlanJsonText() {}

  static String of(PlanReport report) {
    ObjectNode root = MAPPER.createObjectNode();
    StepJob job = report.job().planner().job();
    root.put("model", report.job().model())
        .put("parameters", job.layout().parameterCount())
        .put("sequence_length", job.sequenceLength())
        .put("batch_size", job.batchSize())
        .put("hardware", report.job().cluster().hardware().name())
        .put("gpus", report.job().cluster().gpus())
        .put("nodes", report.job().cluster().nodes())
        .put("sequence_parallel", job.ranks().sequenceParallel())
        .put("ring", job.ranks().ring())
        .put("ulysses", job.ranks().ulysses())
        .put("data_parallel", job.ranks().dataParallel())
        .put("query_heads", job.config().numHeads())
        .put("attending_heads", report.job().attendingHeads())
        .put("shard", CliNames.of(job.ranks().shard()))
        .put("precision", CliNames.of(job.type()));
    put(root, report.answer(), job);
    root.put("plan_seconds", report.planSeconds());
    root.putNull("max_sequence");
    root.putNull("max_sequence_parallel");
    root.putNull("max_sequence_ring");
    report.longestSequence().ifPresent(longest -> put(root, longest));
    ArrayNode layouts = root.putArray("layouts");
    report.tried().forEach(tried -> put(layouts.addObject(), tried));
    ArrayNode others = root.putArray("compare");
    report.others().forEach(other -> put(others.addObject(), other, job));
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void put(ObjectNode node, PlanAnswer answer, StepJob job) {
    node.put("strategy", answer.strategy().toString()).put("fits", answer.fits());
    if (answer.plan().isPresent() && answer.prediction().isPresent()) {
      put(node, answer.plan().get(), job.config().numLayers());
      put(node, answer.prediction().get());
    } else {
      KEYS_OF_A_PLAN.forEach(node::putNull);
    }
    DoesNotFitException refusal = answer.refusal();
    if (refusal != null) {
      node.put("reason", refusal.getMessage())
          .put("needed_bytes", refusal.neededBytes())
          .put("available_bytes", refusal.availableBytes());
    }
  }

  private static void put(ObjectNode node, StepPlan plan, int layers) {
    MemoryPlan memory = plan.memory();
    node.put("alpha", plan.alpha())
        .put("alpha_bound", CliNames.of(plan.bound()))
        .put("resident_layers", PlanText.residentLayers(plan, layers));
    ObjectNode forms = node.putObject("layer_forms");
    for (LayerForm form : LayerForm.values()) {
      forms.put(CliNames.of(form), PlanText.layersOf(plan, form, layers));
    }
    node.put("tile_tokens", plan.settings().tileTokens())
        .put("tile_slots", plan.settings().tileSlots())
        .put("head_groups", plan.settings().headGroups())
        .put("slab_bytes", memory.slabBytes())
        .put("lower_bound_bytes", memory.lowerBoundBytes())
        .put("fragmentation", memory.fragmentation())
        .put("level1_optimal", memory.level1Optimal())
        .put("host_bytes_per_rank", plan.profile().hostPoolBytes())
        .put("swapped_bytes", plan.profile().swappedBytes())
        .put("recomputed_tokens", plan.profile().recomputedTokens());
    ObjectNode kinds = node.putObject("peak_bytes_by_kind");
    PeakUse.of(memory).bytes().forEach((kind, bytes) -> kinds.put(kind.key(), bytes));
  }

  private static void put(ObjectNode node, LongestSequence longest) {
    longest
        .tokens()
        .ifPresent(tokens ->
            node.put("max_sequence", tokens)
                .put("max_sequence_parallel", longest.layout().sequenceParallel())
                .put("max_sequence_ring", longest.layout().ring()));
  }

  private static void put(ObjectNode node, StepPrediction prediction) {
    node.put("step_seconds", prediction.seconds())
        .put("stall_seconds", prediction.stallSeconds())
        .put("mfu_causal", prediction.mfuCausal())
        .put("mfu_full", prediction.mfuFull())
        .put("tokens_per_second_per_gpu", prediction.tokensPerSecondPerGpu())
        .put("communication_seconds", prediction.communicationSeconds())
        .put("hidden_communication_seconds", prediction.hiddenCommunicationSeconds());
  }

  /** One of the layouts that were compared. */
  private static void put(ObjectNode node, LayoutAnswer tried) {
    PlanAnswer answer = tried.answer();
    node.put("sequence_parallel", tried.job().job().ranks().sequenceParallel())
        .put("ring", tried.job().job().ranks().ring())
        .put("fits", answer.fits())
        .put("slab_bytes", answer.plan().map(plan -> plan.memory().slabBytes()).orElse(null))
        .put("step_seconds", answer.prediction().map(StepPrediction::seconds).orElse(null));
  }
}
