package org.memo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;
import org.memo.model.HuggingFaceFolder;
import org.memo.model.ModelConfig;
import org.memo.model.PaperModels;
import org.memo.model.ParameterLayout;
import org.memo.model.Presets;
import org.memo.plan.Cluster;
import org.memo.plan.JobPlanner;
import org.memo.profile.StepJob;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;
import org.memo.train.Sizes;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of {@code memo plan} that say which job, shared in which way. */
final class PlanJobOptions {
  private static final long MOST_WINDOWS = 1 << 20;

  /** No product of sizes overflows below it. */
  private static final long MOST_TOKENS = 1L << 40;

  /** Heads that the ranks attend with, for each of the model's, where there is no other way. */
  private static final double MOST_PADDING = 1.25;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      required = true,
      description =
          "gpt-7b, gpt-13b, gpt-30b, gpt-65b (the paper's), llama-1b, llama-3b, llama-8b,"
              + " llama-70b, qwen2-7b, tiny, llama-25m, gpt2-124m, or a Hugging Face folder, of"
              + " which config.json is enough.")
  private String model = "";

  @Option(
      names = "--sequence-length",
      paramLabel = "TOKENS",
      required = true,
      description = "Tokens of a window, such as 128K or 1M.")
  private String sequenceLength = "";

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Windows of a micro-batch. Default: 1.")
  private long batchSize = 1;

  @Mixin private PlanHardwareOptions hardwareOptions = new PlanHardwareOptions();

  @Option(
      names = "--sequence-parallel",
      paramLabel = "P",
      description =
          "Ranks that share a sequence: a divisor of the GPUs, at most the query heads. Default: as"
              + " many as also divide the heads or, where that does not fit, as pad them by 25 %%"
              + " at most.")
  private @Nullable Integer sequenceParallel;

  @Option(
      names = "--shard",
      paramLabel = "LEVEL",
      description =
          "What ranks hold only a share of: none, optimizer (its parameters and moments), gradients"
              + " (and these), parameters (and those that compute). Default: parameters where"
              + " there are several ranks.")
  private @Nullable String shard;

  /** Checks everything; {@code say} is told what takes a while. */
  PlanJob resolve(Consumer<String> say) {
    ModelConfig config = config();
    long tokens = tokens();
    config.requireSequenceLength(tokens);
    CliOptions.require(
        batchSize >= 1 && batchSize <= MOST_WINDOWS, "--batch-size", batchSize, "1 to 1048576");
    Optional<ShardLevel> given = givenShardLevel();
    PlanTarget target = hardwareOptions.resolve(say);
    Cluster cluster = target.cluster();
    int most = mostRanks(config, cluster.gpus(), 1);
    int withPadding = mostRanks(config, cluster.gpus(), MOST_PADDING);
    int ranks = sequenceParallel == null ? most : sequenceParallel;
    JobPlanner planner =
        new JobPlanner(
            job(config, tokens, target, ranks, given),
            target.tiles(),
            target.decisions(),
            cluster.costs(),
            cluster.limits());
    Optional<PlanJob> wider = Optional.empty();
    if (sequenceParallel == null && withPadding > most) {
      StepJob job = job(config, tokens, target, withPadding, given);
      wider = Optional.of(new PlanJob(model, cluster, planner.with(job), Optional.empty()));
    }
    return new PlanJob(model, cluster, planner, wider);
  }

  private ModelConfig config() {
    Path folder = Path.of(model);
    if (Files.isDirectory(folder)) {
      return HuggingFaceFolder.readConfig(folder);
    }
    return PaperModels.named(model)
        .or(() -> Presets.named(model))
        .orElseThrow(() ->
            new UserInputException(
                "--model is %s, which is neither a folder nor one of %s or %s"
                    .formatted(model, PaperModels.names(), Presets.names())));
  }

  private long tokens() {
    OptionalLong tokens = Sizes.parseTokens(sequenceLength);
    CliOptions.require(
        tokens.isPresent() && tokens.getAsLong() >= 1 && tokens.getAsLong() <= MOST_TOKENS,
        "--sequence-length",
        sequenceLength,
        Sizes.VALID_TOKENS);
    return tokens.getAsLong();
  }

  private StepJob job(
      ModelConfig config,
      long tokens,
      PlanTarget target,
      int sequence,
      Optional<ShardLevel> givenLevel) {
    int ranks = target.cluster().gpus();
    CliOptions.require(
        sequence >= 1 && ranks % sequence == 0 && sequence <= config.numHeads(),
        "--sequence-parallel",
        sequence,
        "a number that divides the %d GPUs and is at most the %d query heads"
            .formatted(ranks, config.numHeads()));
    ShardLevel level = givenLevel.orElse(ranks > 1 ? ShardLevel.PARAMETERS : ShardLevel.NONE);
    return new StepJob(
        config,
        ParameterLayout.of(config),
        batchSize,
        tokens,
        target.type(),
        new ParallelLayout(sequence, ranks / sequence, level));
  }

  /**
   * The most ranks that can share a sequence.
   *
   * @param padding heads that they may attend with, for each of the model's
   */
  private int mostRanks(ModelConfig config, int ranks, double padding) {
    long heads = config.numHeads();
    int most = 1;
    for (int count = 1; count <= Math.min(ranks, heads); count++) {
      boolean divides = ranks % count == 0;
      boolean pads = Math.ceilDiv(heads, count) * count <= padding * heads;
      most = divides && pads ? count : most;
    }
    return most;
  }

  private Optional<ShardLevel> givenShardLevel() {
    if (shard == null) {
      return Optional.empty();
    }
    Optional<ShardLevel> level = CliNames.named(List.of(ShardLevel.values()), shard);
    CliOptions.require(
        level.isPresent(), "--shard", shard, "none, optimizer, gradients or parameters");
    return level;
  }
}
