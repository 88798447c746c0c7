package org.memo.train;

import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.memo.data.DataOrder;
import org.memo.data.JavaSources;
import org.memo.data.TokenType;
import org.memo.machine.DeviceName;
import org.memo.machine.LocalDevices;
import org.memo.planner.cost.ElementType;
import org.memo.step.ShardLevel;

/** Collects options; {@link #build} fills in the defaults and checks every value. */
public final class TrainOptionsBuilder {
  private static final DateTimeFormatter RUN_NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private String model = "";
  private boolean fromScratch = false;
  private List<String> data = List.of();
  private @Nullable TokenType dataType;
  private DataOrder dataOrder = DataOrder.SEQUENTIAL;
  private long sequenceLength = 8192;
  private long batchSize = 1;
  private long accumulate = 1;
  private long steps = 100;
  private long seed = 0;
  private double learningRate = 3e-4;
  private double beta1 = 0.9;
  private double beta2 = 0.95;
  private double eps = 1e-8;
  private double weightDecay = 0.1;
  private DecayRule decay = DecayRule.MATRICES;
  private ScheduleKind schedule = ScheduleKind.CONSTANT;
  private long warmup = 0;
  private double gradClip = 1.0;
  private DeviceName device = DeviceName.AUTO;
  private OptionalLong deviceMemoryBytes = OptionalLong.empty();
  private OptionalLong hostMemoryBytes = OptionalLong.empty();
  private ElementType precision = ElementType.F32;
  private int threads = Runtime.getRuntime().availableProcessors();
  private OptionalDouble alpha = OptionalDouble.empty();
  private OptionalLong tileTokens = OptionalLong.empty();
  private OptionalInt tileSlots = OptionalInt.empty();
  private Residency residency = Residency.AUTO;
  private int sequenceParallel = 1;
  private OptionalInt ring = OptionalInt.empty();
  private OptionalInt dataParallel = OptionalInt.empty();
  private ShardLevel shard = ShardLevel.NONE;
  private Duration rankTimeout = Duration.ofMinutes(5);
  private Path output = Path.of("");
  private long checkpointEvery = 0;
  private Optional<Path> resume = Optional.empty();

  TrainOptionsBuilder() {}

  /**
   * The options, checked.
   *
   * @throws org.memo.UserInputException when a value is missing or invalid
   */
  public TrainOptions build() {
    return new TrainOptions(
        new ModelOptions(model, fromScratch),
        new DataOptions(data, resolvedDataType(), dataOrder),
        new BatchOptions(sequenceLength, batchSize, accumulate, steps),
        new OptimizerOptions(learningRate, beta1, beta2, eps, weightDecay, decay, gradClip),
        new LearningRateSchedule(learningRate, schedule, warmup, steps),
        deviceOptions(),
        new SwapOptions(alpha, tileTokens, tileSlots, residency),
        new ParallelOptions(sequenceParallel, ring, dataParallel, shard, rankTimeout),
        new OutputOptions(
            resolvedOutput(),
            resume.isPresent() || !output.toString().isEmpty(),
            checkpointEvery,
            resume),
        seed);
  }

  private DeviceOptions deviceOptions() {
    // Threads and a GPU's number are checked; which GPU "auto" is depends on the rank.
    LocalDevices.find(device.kind() == DeviceName.Kind.CUDA ? device : DeviceName.HOST, threads);
    return new DeviceOptions(device, deviceMemoryBytes, hostMemoryBytes, threads, precision);
  }

  private Path resolvedOutput() {
    if (!output.toString().isEmpty()) {
      return output;
    }
    return resume.orElseGet(() -> Path.of("runs", LocalDateTime.now().format(RUN_NAME)));
  }

  private TokenType resolvedDataType() {
    if (dataType != null) {
      return dataType;
    }
    return data.contains(JavaSources.NAME) ? TokenType.BYTES : TokenType.UINT16;
  }

  public TrainOptionsBuilder model(String presetOrFolder) {
    this.model = presetOrFolder;
    return this;
  }

  public TrainOptionsBuilder fromScratch(boolean fromScratch) {
    this.fromScratch = fromScratch;
    return this;
  }

  public TrainOptionsBuilder data(String... files) {
    return data(List.of(files));
  }

  public TrainOptionsBuilder data(List<String> files) {
    this.data = files;
    return this;
  }

  /** Without it: uint16, or bytes where the data is {@link JavaSources#NAME}. */
  public TrainOptionsBuilder dataType(TokenType dataType) {
    this.dataType = dataType;
    return this;
  }

  public TrainOptionsBuilder dataOrder(DataOrder dataOrder) {
    this.dataOrder = dataOrder;
    return this;
  }

  public TrainOptionsBuilder sequenceLength(long tokens) {
    this.sequenceLength = tokens;
    return this;
  }

  public TrainOptionsBuilder batchSize(long windows) {
    this.batchSize = windows;
    return this;
  }

  public TrainOptionsBuilder accumulate(long microBatches) {
    this.accumulate = microBatches;
    return this;
  }

  public TrainOptionsBuilder steps(long steps) {
    this.steps = steps;
    return this;
  }

  public TrainOptionsBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  public TrainOptionsBuilder learningRate(double peakRate) {
    this.learningRate = peakRate;
    return this;
  }

  public TrainOptionsBuilder beta1(double beta1) {
    this.beta1 = beta1;
    return this;
  }

  public TrainOptionsBuilder beta2(double beta2) {
    this.beta2 = beta2;
    return this;
  }

  public TrainOptionsBuilder eps(double eps) {
    this.eps = eps;
    return this;
  }

  public TrainOptionsBuilder weightDecay(double weightDecay) {
    this.weightDecay = weightDecay;
    return this;
  }

  public TrainOptionsBuilder decay(DecayRule decay) {
    this.decay = decay;
    return this;
  }

  public TrainOptionsBuilder schedule(ScheduleKind schedule) {
    this.schedule = schedule;
    return this;
  }

  public TrainOptionsBuilder warmup(long steps) {
    this.warmup = steps;
    return this;
  }

  public TrainOptionsBuilder gradClip(double maxNorm) {
    this.gradClip = maxNorm;
    return this;
  }

  public TrainOptionsBuilder device(DeviceName device) {
    this.device = device;
    return this;
  }

  /** Without it: what the device has free, or 2 GiB of the processor's memory. */
  public TrainOptionsBuilder deviceMemoryBytes(long sizeBytes) {
    return deviceMemoryBytes(OptionalLong.of(sizeBytes));
  }

  TrainOptionsBuilder deviceMemoryBytes(OptionalLong sizeBytes) {
    this.deviceMemoryBytes = sizeBytes;
    return this;
  }

  /** Without it: 8 GiB, or most of the free memory beside a GPU. */
  public TrainOptionsBuilder hostMemoryBytes(long sizeBytes) {
    return hostMemoryBytes(OptionalLong.of(sizeBytes));
  }

  TrainOptionsBuilder hostMemoryBytes(OptionalLong sizeBytes) {
    this.hostMemoryBytes = sizeBytes;
    return this;
  }

  /** BF16 is mixed precision: gradients of parameters and the optimizer's states stay f32. */
  public TrainOptionsBuilder precision(ElementType precision) {
    this.precision = precision;
    return this;
  }

  public TrainOptionsBuilder threads(int threads) {
    this.threads = threads;
    return this;
  }

  /** Empty: the planner decides. */
  public TrainOptionsBuilder alpha(OptionalDouble alpha) {
    this.alpha = alpha;
    return this;
  }

  /** Empty: the planner decides. */
  public TrainOptionsBuilder tileTokens(OptionalLong tokens) {
    this.tileTokens = tokens;
    return this;
  }

  /** Empty: the planner decides. */
  public TrainOptionsBuilder tileSlots(OptionalInt slots) {
    this.tileSlots = slots;
    return this;
  }

  public TrainOptionsBuilder residency(Residency residency) {
    this.residency = residency;
    return this;
  }

  /** P: ranks that share a sequence. */
  public TrainOptionsBuilder sequenceParallel(int ranks) {
    this.sequenceParallel = ranks;
    return this;
  }

  /** R: places of the ring; empty: the fewest that the query heads allow. */
  public TrainOptionsBuilder ring(OptionalInt places) {
    this.ring = places;
    return this;
  }

  /** D: groups with sequences of their own; empty: as many as the ranks make. */
  public TrainOptionsBuilder dataParallel(OptionalInt groups) {
    this.dataParallel = groups;
    return this;
  }

  /** How long ranks wait for one that does not answer. */
  public TrainOptionsBuilder rankTimeout(Duration timeout) {
    this.rankTimeout = timeout;
    return this;
  }

  public TrainOptionsBuilder shard(ShardLevel shard) {
    this.shard = shard;
    return this;
  }

  /** Without it: the folder that is resumed, else {@code runs/} with a name made of the time. */
  public TrainOptionsBuilder output(Path runFolder) {
    this.output = runFolder;
    return this;
  }

  public TrainOptionsBuilder checkpointEvery(long steps) {
    this.checkpointEvery = steps;
    return this;
  }

  public TrainOptionsBuilder resume(Path runFolder) {
    this.resume = Optional.of(runFolder);
    return this;
  }
}
