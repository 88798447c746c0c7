package org.memo.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memo.machine.LocalDevices;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;
import org.memo.profile.device.DeviceProfiler;
import org.memo.profile.device.DeviceProfiler.DeviceProfile;
import org.memo.profile.device.ProfiledDevice;
import org.memo.profile.device.ThisMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code memo profile}: measures this machine's device and writes a hardware file. */
@Command(
    name = "profile",
    sortOptions = false,
    description =
        "Measures this machine's device and writes a hardware file that memo plan --hardware"
            + " takes.",
    footer = {
      "",
      "It times matrix products, attention forward and backward, operations bound by memory, copies"
          + " each way, both ways at once and beside products, in about 40 seconds and 500 MiB."
          + " Other work on the machine makes the rates too low; it is measured too, and said.",
      "",
      "memo plan --hardware this uses the file written by default, and measures where there is none"
          + " for this device (and its number of threads), or where it is older than 30 days."
    })
final class ProfileCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean helpRequested;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The hardware file. Default: where memo plan --hardware this looks for it.")
  private @Nullable Path output;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "auto, host, cuda or cuda:N. Default: auto, as in training.")
  private @Nullable String deviceName;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the host device, as in training. Default: its processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  private final Profiling profiling;

  /** Measures a device; told what is measured. */
  interface Profiling {
    DeviceProfile measure(ProfiledDevice device, Consumer<String> progress);
  }

  ProfileCommand() {
    this(DeviceProfiler::of);
  }

  ProfileCommand(Profiling profiling) {
    this.profiling = profiling;
  }

  @Override
  public Integer call() {
    ProfiledDevice device = LocalDevices.find(CliNames.device(deviceName), threads).profiled();
    PrintWriter err = spec.commandLine().getErr();
    DeviceProfile profile = profiling.measure(device, what -> say(err, "measuring " + what));
    Path file = output == null ? ThisMachine.file(device) : output;
    ThisMachine.write(profile.hardware(), file);
    PrintWriter out = spec.commandLine().getOut();
    print(profile.hardware(), out);
    out.println("Written to " + file);
    out.flush();
    profile.busyWarning().ifPresent(warning -> say(err, warning));
    return ExitCode.DONE;
  }

  private static void print(Hardware hardware, PrintWriter out) {
    out.println(hardware.description());
    hardware
        .matrix()
        .forEach((type, rate) ->
            giga(out, "Matrix products, " + name(type), rate.sustainedFlops().value(), "FLOP/s"));
    hardware
        .attention()
        .forEach((type, rates) ->
            rates
                .byHeadSize()
                .forEach((headSize, rate) -> {
                  String what = "Attention, %s, head size %d, ".formatted(name(type), headSize);
                  giga(out, what + "forward", rate.forwardFlops().value(), "FLOP/s");
                  giga(out, what + "backward", rate.backwardFlops().value(), "FLOP/s");
                }));
    giga(out, "Memory", hardware.memory().peakBytesPerSecond().value(), "B/s");
    giga(
        out,
        "Copies to the host",
        hardware.copies().toHost().oneGpuBytesPerSecond().value(),
        "B/s");
    giga(
        out,
        "Copies to the device",
        hardware.copies().toDevice().oneGpuBytesPerSecond().value(),
        "B/s");
    line(
        out,
        "Of these, while both ways copy",
        "%.0f %%".formatted(100 * hardware.copies().bothDirectionsFraction().value()));
    line(
        out,
        "An operation's overhead",
        "%.1f us".formatted(hardware.launchSeconds().value() * 1e6));
  }

  private static String name(ElementType type) {
    return CliNames.of(type);
  }

  private static void giga(PrintWriter out, String what, double value, String unit) {
    line(out, what, "%.1f G%s".formatted(value * 1e-9, unit));
  }

  private static void line(PrintWriter out, String what, String value) {
    out.println("%-42s %s".formatted(what, value));
  }

  private static void say(PrintWriter err, String text) {
    err.println(text);
    err.flush();
  }
}
