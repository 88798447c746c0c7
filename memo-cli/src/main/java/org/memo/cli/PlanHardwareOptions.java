package org.memo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;
import org.memo.machine.LocalDevice;
import org.memo.machine.LocalDevices;
import org.memo.plan.Cluster;
import org.memo.plan.TileChoices;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;
import org.memo.profile.device.ThisMachine;
import org.memo.train.Sizes;
import picocli.CommandLine.Option;

/** The options of {@code memo plan} that say which hardware, and how much of it. */
final class PlanHardwareOptions {
  private static final String THIS = "this";
  private static final long MOST_NODES = 1 << 20;

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
              + " wrote, or this: the device of this machine that --device names, measured.")
  private String hardwareName = "";

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description =
          "Which device --hardware this means: auto, host, cuda or cuda:N. Default: auto, as in"
              + " training.")
  private @Nullable String deviceName;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of this machine's host device. Default: its processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      description =
          "f32, or bf16: mixed precision. Default: bf16, and f32 for this machine, as in training.")
  private @Nullable String precision;

  @Option(
      names = "--device-memory",
      paramLabel = "BYTES",
      description =
          "Of a GPU. Default: what the hardware has to use; for this machine as in training.")
  private @Nullable String deviceMemory;

  @Option(
      names = "--host-memory",
      paramLabel = "BYTES",
      description =
          "Of a node, for swapped activations and staged inputs. Default: the node's; for this"
              + " machine as in training.")
  private @Nullable String hostMemory;

  /** Checks everything, what is quick first; {@code say} is told what takes a while. */
  PlanTarget resolve(Consumer<String> say) {
    OptionalLong deviceBytes = bytes("--device-memory", deviceMemory);
    OptionalLong hostBytes = bytes("--host-memory", hostMemory);
    requireType(List.of(ElementType.BF16, ElementType.F32), "");
    return hardwareName.equals(THIS)
        ? ofThisMachine(deviceBytes, hostBytes, say)
        : ofHardware(deviceBytes, hostBytes);
  }

  private PlanTarget ofThisMachine(
      OptionalLong deviceBytes, OptionalLong hostBytes, Consumer<String> say) {
    LocalDevice device = LocalDevices.find(CliNames.device(deviceName), threads);
    Hardware hardware = ThisMachine.hardware(device.profiled(), say);
    Cluster cluster =
        cluster(
            hardware,
            deviceBytes.orElseGet(device::defaultDeviceBytes),
            hostBytes.orElseGet(device::defaultHostBytes));
    ElementType type = type(hardware, List.of(ElementType.F32, ElementType.BF16));
    return new PlanTarget(cluster, type, device.tileChoices(), device.planningCosts(1));
  }

  private PlanTarget ofHardware(OptionalLong deviceBytes, OptionalLong hostBytes) {
    CliOptions.require(
        deviceName == null, "--device", deviceName, "for --hardware this alone: leave it out");
    Hardware hardware = hardware();
    Cluster cluster =
        cluster(
            hardware,
            deviceBytes.orElse(hardware.usableDeviceBytes()),
            hostBytes.orElse((long) hardware.hostMemoryBytes().value()));
    ElementType type = type(hardware, List.of(ElementType.BF16, ElementType.F32));
    return new PlanTarget(cluster, type, TileChoices.GPU, cluster.costs());
  }

  private Hardware hardware() {
    try {
      Path file = Path.of(hardwareName);
      return Files.isRegularFile(file) ? Hardware.read(file) : Hardware.named(hardwareName);
    } catch (IllegalArgumentException e) {
      throw new UserInputException("--hardware: " + e.getMessage(), e);
    }
  }

  private Cluster cluster(Hardware hardware, long deviceBytes, long hostBytes) {
    CliOptions.require(
        nodes == null || nodes >= 1 && nodes <= MOST_NODES, "--nodes", nodes, "1 to 1048576");
    int all = gpus == null ? (nodes == null ? 1 : nodes) * hardware.gpusPerNode() : gpus;
    CliOptions.require(all >= 1, "--gpus", all, "1 or more");
    int onNodes = nodes == null ? Cluster.nodesFor(hardware, all) : nodes;
    try {
      return new Cluster(hardware, all, onNodes, deviceBytes, hostBytes);
    } catch (IllegalArgumentException e) {
      throw new UserInputException("--gpus and --nodes: " + e.getMessage(), e);
    }
  }

  /**
   * The precision that was given, or the first that the hardware has rates for.
   *
   * @param preferred the first one first
   */
  private ElementType type(Hardware hardware, List<ElementType> preferred) {
    List<ElementType> known =
        preferred.stream().filter(type -> hardware.matrix().containsKey(type)).toList();
    return requireType(known, ", of which the hardware has rates").orElse(known.getFirst());
  }

  /** The precision that was given, which must be one of these; empty where none was. */
  private Optional<ElementType> requireType(List<ElementType> valid, String why) {
    if (precision == null) {
      return Optional.empty();
    }
    Optional<ElementType> type = CliNames.named(valid, precision);
    String names = String.join(" or ", valid.stream().map(CliNames::of).toList());
    CliOptions.require(type.isPresent(), "--precision", precision, names + why);
    return type;
  }

  private static OptionalLong bytes(String option, @Nullable String given) {
    if (given == null) {
      return OptionalLong.empty();
    }
    OptionalLong bytes = Sizes.parseBytes(given);
    CliOptions.require(bytes.isPresent(), option, given, Sizes.VALID_BYTES);
    return bytes;
  }
}
