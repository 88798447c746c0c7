package org.memo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
import org.memo.plan.LayoutChoices;
import org.memo.profile.StepJob;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;
import org.memo.train.Sizes;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of {@code memo plan} that say which job, shared in which way. */
final class PlanJobOptions {
  private static final String AUTO = "auto";
  private static final long MOST_WINDOWS = 1 << 20;

  /** No product of sizes overflows below it. */
  private static final long MOST_TOKENS = 1L << 40;

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
          "Ranks that share a sequence: a divisor of the GPUs. Default: all of them, so that a"
              + " sequence is as long and a step as short as can be.")
  private @Nullable Integer sequenceParallel;

  @Option(
      names = "--ring",
      paramLabel = "auto|R",
      description =
          "Places of a ring that the P ranks form, of P / R ranks each, which share the query heads"
              + " (Ulysses); keys and values go around the ring. Default: auto, what makes the"
              + " fastest step that fits.")
  private String ring = AUTO;

  @Option(
      names = "--data-parallel",
      paramLabel = "auto|D",
      description =
          "Groups of P ranks, each with sequences of its own: P x D are the GPUs. Default: auto.")
  private String dataParallel = AUTO;

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
    ShardLevel level = given.orElse(cluster.gpus() > 1 ? ShardLevel.PARAMETERS : ShardLevel.NONE);
    LayoutChoices choices =
        new LayoutChoices(config.numHeads(), cluster.gpus(), cluster.gpusPerNode(), level);
    List<ParallelLayout> layouts =
        choices.of(
            sequenceParallel == null ? OptionalInt.empty() : OptionalInt.of(sequenceParallel),
            count("--data-parallel", dataParallel),
            count("--ring", ring));
    ParallelLayout first = layouts.getFirst();
    ParallelLayout roomiest =
        choices.roomiest(config.numKvHeads(), first.sequenceParallel(), first.dataParallel());
    return new PlanJob(
        model,
        cluster,
        new JobPlanner(
            new StepJob(
                config, ParameterLayout.of(config), batchSize, tokens, target.type(), first, 0),
            target.tiles(),
            target.decisions(),
            cluster.costs(),
            cluster.limits()),
        layouts,
        ring.equals(AUTO) && !layouts.contains(roomiest) ? List.of(roomiest) : List.of());
  }

  /** Empty for auto. */
  private static OptionalInt count(String option, String given) {
    if (given.equals(AUTO)) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(given));
    } catch (NumberFormatException e) {
      throw UserInputException.ofOption(option, given, "auto or a number of ranks");
    }
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
