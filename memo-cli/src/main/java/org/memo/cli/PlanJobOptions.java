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
import org.memo.plan.HostHardware;
import org.memo.plan.JobPlanner;
import org.memo.plan.TileChoices;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;
import org.memo.profile.StepJob;
import org.memo.profile.device.ThisMachine;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;
import org.memo.train.Sizes;
import picocli.CommandLine.Option;

/** The options of {@code memo plan} that say which job on which hardware. */
final class PlanJobOptions {
  private static final String THIS = "this";
  private static final long MOST_WINDOWS = 1 << 20;
  private static final long MOST_NODES = 1 << 20;

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

  @Option(
      names = "--gpus",
      paramLabel = "N",
      description = "GPUs on all nodes together. Default: a node's, and 1 for this machine.")
  private @Nullable Integer gpus;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "Nodes that share the GPUs equally. Default: as few as hold them.")
  private @Nullable Integer nodes;

  @Option(
      names = "--hardware",
      paramLabel = "NAME|FILE",
      required = true,
      description =
          "a800-80gb, a100-80gb, h100-80gb, h200, b200, rtx-4090-24gb, a file that memo profile"
              + " wrote, or this: this machine's host device, measured.")
  private String hardwareName = "";

  @Option(
      names = "--device-memory",
      paramLabel = "BYTES",
      description = "Of a GPU. Default: what the hardware has to use; 2GiB for this machine.")
  private @Nullable String deviceMemory;

  @Option(
      names = "--host-memory",
      paramLabel = "BYTES",
      description =
          "Of a node, for swapped activations and staged inputs. Default: the node's; 8GiB for this"
              + " machine.")
  private @Nullable String hostMemory;

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
          "parameters: a rank holds its share of parameters, gradients and moments; none: every"
              + " rank holds all. Default: parameters where there are several ranks.")
  private @Nullable String shard;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of this machine's host device. Default: its processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  /** Checks everything; {@code say} is told what takes a while. */
  PlanJob resolve(Consumer<String> say) {
    boolean here = hardwareName.equals(THIS);
    ModelConfig config = config();
    long tokens = tokens();
    config.requireSequenceLength(tokens);
    require(batchSize >= 1 && batchSize <= MOST_WINDOWS, "--batch-size", batchSize, "1 to 1048576");
    require(threads >= 1 && threads <= 1024, "--threads", threads, "1 to 1024");
    Hardware hardware = here ? ThisMachine.hardware(threads, say) : hardware();
    Cluster cluster = cluster(hardware, here);
    int most = mostRanks(config, cluster.gpus(), 1);
    int withPadding = mostRanks(config, cluster.gpus(), MOST_PADDING);
    int ranks = sequenceParallel == null ? most : sequenceParallel;
    ElementType type = elementType(hardware);
    JobPlanner planner =
        new JobPlanner(
            job(config, tokens, type, cluster.gpus(), ranks),
            type == ElementType.F32 ? TileChoices.HOST : TileChoices.GPU,
            here ? HostHardware.roundFigures(threads) : cluster.costs(),
            cluster.costs(),
            cluster.limits());
    Optional<PlanJob> wider = Optional.empty();
    if (sequenceParallel == null && withPadding > most) {
      StepJob job = job(config, tokens, type, cluster.gpus(), withPadding);
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
    require(
        tokens.isPresent() && tokens.getAsLong() >= 1 && tokens.getAsLong() <= MOST_TOKENS,
        "--sequence-length",
        sequenceLength,
        Sizes.VALID_TOKENS);
    return tokens.getAsLong();
  }

  private Hardware hardware() {
    try {
      Path file = Path.of(hardwareName);
      return Files.isRegularFile(file) ? Hardware.read(file) : Hardware.named(hardwareName);
    } catch (IllegalArgumentException e) {
      throw new UserInputException("--hardware: " + e.getMessage(), e);
    }
  }

  private Cluster cluster(Hardware hardware, boolean here) {
    require(nodes == null || nodes >= 1 && nodes <= MOST_NODES, "--nodes", nodes, "1 to 1048576");
    int all = gpus == null ? (nodes == null ? 1 : nodes) * hardware.gpusPerNode() : gpus;
    require(all >= 1, "--gpus", all, "1 or more");
    int onNodes = nodes == null ? Cluster.nodesFor(hardware, all) : nodes;
    long device =
        bytes("--device-memory", deviceMemory, here, "2GiB", hardware.usableDeviceBytes());
    long host =
        bytes("--host-memory", hostMemory, here, "8GiB", (long) hardware.hostMemoryBytes().value());
    try {
      return new Cluster(hardware, all, onNodes, device, host);
    } catch (IllegalArgumentException e) {
      throw new UserInputException("--gpus and --nodes: " + e.getMessage(), e);
    }
  }

  private static long bytes(
      String option, @Nullable String given, boolean here, String ofThis, long ofHardware) {
    if (given == null) {
      return here ? Sizes.parseBytes(ofThis).orElseThrow() : ofHardware;
    }
    OptionalLong bytes = Sizes.parseBytes(given);
    require(bytes.isPresent(), option, given, Sizes.VALID_BYTES);
    return bytes.getAsLong();
  }

  /** GPUs train in bf16; what has no rate for it, as this machine, in f32. */
  private static ElementType elementType(Hardware hardware) {
    return hardware.matrix().containsKey(ElementType.BF16) ? ElementType.BF16 : ElementType.F32;
  }

  private StepJob job(ModelConfig config, long tokens, ElementType type, int ranks, int sequence) {
    require(
        sequence >= 1 && ranks % sequence == 0 && sequence <= config.numHeads(),
        "--sequence-parallel",
        sequence,
        "a number that divides the %d GPUs and is at most the %d query heads"
            .formatted(ranks, config.numHeads()));
    return new StepJob(
        config,
        ParameterLayout.of(config),
        batchSize,
        tokens,
        type,
        new ParallelLayout(sequence, ranks / sequence, shardLevel(ranks)));
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

  private ShardLevel shardLevel(int ranks) {
    if (shard == null) {
      return ranks > 1 ? ShardLevel.PARAMETERS : ShardLevel.NONE;
    }
    Optional<ShardLevel> level =
        List.of(ShardLevel.values()).stream()
            .filter(each -> CliNames.of(each).equals(shard))
            .findFirst();
    require(level.isPresent(), "--shard", shard, "none, optimizer, gradients or parameters");
    return level.get();
  }

  private static void require(boolean holds, String option, @Nullable Object given, String valid) {
    if (!holds) {
      throw new UserInputException("%s is %s; valid is %s".formatted(option, given, valid));
    }
  }
}
