package org.memo.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.memo.bindings.LibraryReport;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.NativeLibraries;
import org.memo.bindings.kernels.Kernels;
import org.memo.train.Sizes;
import org.memo.train.Versions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code memo doctor}: which devices, libraries, versions and limits there are; what is missing.
 */
@Command(
    name = "doctor",
    description = "Says what Memo finds on this machine, and what is missing and how to get it.")
final class DoctorCommand implements Callable<Integer> {
  private final Machine machine;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean helpRequested;

  DoctorCommand() {
    this(Machine.thisOne());
  }

  DoctorCommand(Machine machine) {
    this.machine = machine;
  }

  @Override
  public Integer call() {
    say("Memo", Versions.memo());
    say(
        "Java",
        "%s %s, %s"
            .formatted(
                System.getProperty("java.vendor"),
                Runtime.version(),
                System.getProperty("java.home")));
    say(
        "System",
        "%s %s, %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")));
    say(
        "Processor",
        "%s, %d threads; %s"
            .formatted(
                machine.processor(),
                Runtime.getRuntime().availableProcessors(),
                instructionSets()));
    say(
        "Memory",
        "%s, of which %s are free; container limit: %s"
            .formatted(
                machine.memoryBytes().map(Sizes::formatBytes).orElse("unknown"),
                machine.freeMemoryBytes().map(Sizes::formatBytes).orElse("unknown"),
                machine.containerLimitBytes().map(Sizes::formatBytes).orElse("none")));
    say("Locked memory", machine.lockedMemoryLimit() + " (ulimit -l)");
    sayLibraries();
    spec.commandLine().getOut().flush();
    return ExitCode.DONE;
  }

  private String instructionSets() {
    List<String> sets = machine.instructionSets();
    return sets.isEmpty() ? "neither AVX2 nor AVX-512" : "has " + String.join(" ", sets);
  }

  private void sayLibraries() {
    try {
      for (LibraryReport library : NativeLibraries.report()) {
        String version = library.version().isEmpty() ? "" : library.version() + ", ";
        say(library.name(), version + library.path());
      }
      CudaFindings.lines().forEach(line -> say(line.what(), line.text()));
      say("Devices", "host, with %s kernels; %s".formatted(Kernels.isa(), CudaFindings.devices()));
      say("Missing", "nothing that the host device needs");
    } catch (MissingLibraryException missing) {
      say("Devices", "none");
      say("Missing", String.valueOf(missing.getMessage()));
    }
  }

  private void say(String what, String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.println("%-15s %s".formatted(what, text));
  }
}
