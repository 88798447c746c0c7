package org.memo.profile.device;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.memo.device.simulated.OperationCosts;
import org.memo.op.CopyOnDevice;
import org.memo.op.Operation;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.AttentionFlops;
import org.memo.planner.cost.AttentionRate;
import org.memo.planner.cost.CopyBandwidth;
import org.memo.planner.cost.CopyRate;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;
import org.memo.planner.cost.LinkRate;
import org.memo.planner.cost.MatrixRate;
import org.memo.planner.cost.MemoryRate;
import org.memo.planner.cost.Sourced;
import org.memo.profile.MatrixPeak;

/** Measures a device of this machine: everything that the cost model wants to know of hardware. */
public final class DeviceProfiler {
  /** What {@code --hardware} calls this machine. */
  public static final String NAME = "this";

  /** A product so large that its shape costs nothing: what the rate is fitted to. */
  private static final double LARGE_EXTENT = 1e6;

  private static final int LAUNCHES = 2000;
  private static final long LAUNCH_BYTES = 128;

  private final Workbench bench;
  private final ProfiledDevice device;
  private final Consumer<String> progress;
  private final String measured;

  /**
   * What was measured.
   *
   * @param hardware for a hardware file
   * @param othersShare the part of all processor time that other processes took meanwhile; above a
   *     tenth, the rates are too low
   */
  public record DeviceProfile(Hardware hardware, double othersShare) {
    private static final double BUSY = 0.1;

    /** What to tell people where others took so much that the rates are too low. */
    public Optional<String> busyWarning() {
      return othersShare < BUSY
          ? Optional.empty()
          : Optional.of(
              "other processes took %.0f %% of the processors meanwhile: the rates are too low; run memo profile when the machine is quiet"
                  .formatted(100 * othersShare));
    }
  }

  private DeviceProfiler(Workbench bench, ProfiledDevice device, Consumer<String> progress) {
    this.bench = bench;
    this.device = device;
    this.progress = progress;
    this.measured = "measured by memo profile on " + LocalDate.now(ZoneId.systemDefault());
  }

  /**
   * Measures a device, for about 40 seconds where that is the processor; takes its ring of memory
   * and a little more.
   *
   * @param progress told what is measured
   * @throws org.memo.bindings.MissingLibraryException when a native library cannot be loaded
   * @throws org.memo.DoesNotFitException when the device has less memory
   * @throws org.memo.bindings.OutOfHostMemoryException when the machine has less memory
   */
  public static DeviceProfile of(ProfiledDevice device, Consumer<String> progress) {
    OtherProcesses others = new OtherProcesses();
    SortedMap<ElementType, MatrixPeak> peaks = new TreeMap<>();
    for (ElementType type : device.types()) {
      progress.accept("the peak of matrix products in " + name(type));
      peaks.put(type, MatrixPeak.of(device.devices(), type));
    }
    try (Workbench bench = new Workbench(device.devices(), device.sizes())) {
      Hardware hardware = new DeviceProfiler(bench, device, progress).hardware(peaks);
      return new DeviceProfile(hardware, others.share());
    }
  }

  private Hardware hardware(SortedMap<ElementType, MatrixPeak> peaks) {
    progress.accept("the overhead of an operation");
    double launch = bench.seconds(LAUNCHES, () -> new ZeroFill(bench.next(LAUNCH_BYTES)));
    SortedMap<ElementType, MatrixRate> matrix = new TreeMap<>();
    SortedMap<ElementType, AttentionRate> attention = new TreeMap<>();
    peaks.forEach((type, peak) -> {
      progress.accept("matrix products in " + name(type));
      matrix.put(
          type, matrix(ProductFit.of(ProductMeasurement.measure(bench, type), launch), peak));
      progress.accept("attention in " + name(type));
      attention.put(type, attention(AttentionFit.of(AttentionMeasurement.measure(bench, type))));
    });
    ElementType main = device.types().getFirst();
    progress.accept("operations bound by memory");
    Map<Operation, Double> kernels = KernelMeasurement.measure(bench, main);
    progress.accept("copies");
    CopyMeasurement.Rates copies = CopyMeasurement.measure(bench, main);
    double memoryRate = memoryRate(kernels);
    Hardware general =
        hardware(launch, matrix, attention, memory(memoryRate, new TreeMap<>()), copies);
    return hardware(
        launch, matrix, attention, memory(memoryRate, byKind(kernels, general)), copies);
  }

  private Hardware hardware(
      double launch,
      SortedMap<ElementType, MatrixRate> matrix,
      SortedMap<ElementType, AttentionRate> attention,
      MemoryRate memory,
      CopyMeasurement.Rates copies) {
    return new Hardware(
        NAME,
        "%s, %s".formatted(device.description(), measured),
        1,
        device.deviceMemoryBytes(),
        device.reservedMemoryBytes(),
        device.hostMemoryBytes(),
        measured(launch, "an operation on a few bytes, of many that are queued"),
        matrix,
        attention,
        memory,
        copyRate(copies),
        noLink(memory, launch),
        noLink(memory, launch));
  }

  private MatrixRate matrix(ProductFit fit, MatrixPeak peak) {
    String what =
        "fitted to products of layers, forward and backward; their times are met within %.0f %%"
            .formatted(100 * fit.typicalError());
    return new MatrixRate(
        measured(
            peak.flopsPerSecond(),
            "a product of %1$d x %1$d x %1$d, as training measures it for MFU"
                .formatted(peak.size())),
        measured(fit.flopsPerSecond(), what),
        new Sourced(LARGE_EXTENT, "where the shape costs nothing: the fit's sustained rate"),
        measured(fit.halfRateOutput(), what),
        measured(fit.halfRateDepth(), what));
  }

  private AttentionRate attention(AttentionFit fit) {
    String what =
        "fitted to several lengths and head sizes; their times are met within %.0f %%"
            .formatted(100 * fit.typicalError());
    SortedMap<Integer, AttentionFlops> byHeadSize = new TreeMap<>();
    fit.byHeadSize()
        .forEach((headSize, rates) ->
            byHeadSize.put(
                headSize,
                new AttentionFlops(
                    measured(rates.forward(), what), measured(rates.backward(), what))));
    return new AttentionRate(measured(fit.halfRateLength(), what), byHeadSize);
  }

  private static double memoryRate(Map<Operation, Double> kernels) {
    return kernels.entrySet().stream()
        .filter(entry -> entry.getKey() instanceof CopyOnDevice)
        .mapToDouble(entry -> entry.getKey().bytes() / entry.getValue())
        .findFirst()
        .orElseThrow();
  }

  private MemoryRate memory(double bytesPerSecond, SortedMap<String, Sourced> byKind) {
    return new MemoryRate(
        measured(bytesPerSecond, "copies within the slab, bytes read and written"),
        new Sourced(1, "the rate before is what was reached"),
        byKind);
  }

  /** The rates with which the cost model predicts what was measured. */
  private SortedMap<String, Sourced> byKind(Map<Operation, Double> kernels, Hardware general) {
    OperationCosts costs = new OperationCosts(new CostModel(general, 1));
    double launch = general.launchSeconds().value();
    double generalRate = general.memory().peakBytesPerSecond().value();
    SortedMap<String, Sourced> rates = new TreeMap<>();
    kernels.forEach((operation, seconds) -> {
      double bytes = (costs.seconds(operation) - launch) * generalRate;
      double rate = bytes / Math.max(seconds - launch, launch);
      rates.put(operation.name(), measured(rate, "on rows of a typical layer"));
    });
    return rates;
  }

  private CopyRate copyRate(CopyMeasurement.Rates rates) {
    String what =
        "copies of 16 MiB; copies both ways keep %.2f of their rate beside matrix products, and these %.2f of theirs"
            .formatted(rates.besideProducts(), rates.productsBeside());
    return new CopyRate(
        bandwidth(rates.toHost(), what),
        bandwidth(rates.toDevice(), what),
        measured(rates.bothFraction(), "copies of 16 MiB both ways at once"),
        measured(rates.latencySeconds(), "a copy of 128 bytes, of many that are queued"));
  }

  private CopyBandwidth bandwidth(double bytesPerSecond, String what) {
    Sourced rate = measured(bytesPerSecond, what);
    return new CopyBandwidth(rate, rate);
  }

  /** A node has one device and nobody to talk to. */
  private static LinkRate noLink(MemoryRate memory, double launch) {
    String source = "not used: this machine is one device";
    return new LinkRate(
        new Sourced(memory.peakBytesPerSecond().value(), source),
        new Sourced(1, source),
        new Sourced(launch, source),
        new Sourced(launch, source));
  }

  /** Four digits are more than a measurement holds. */
  private Sourced measured(double value, String what) {
    double rounded = new BigDecimal(value).round(new MathContext(4)).doubleValue();
    return new Sourced(rounded, measured + ": " + what);
  }

  private static String name(ElementType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
