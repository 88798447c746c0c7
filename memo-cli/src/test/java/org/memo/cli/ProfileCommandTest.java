package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.planner.cost.Hardware;
import org.memo.profile.device.DeviceProfiler.DeviceProfile;
import picocli.CommandLine;

class ProfileCommandTest {
  private static final Hardware MEASURED = Hardware.named("a100-80gb");

  @TempDir private Path folder;

  @Test
  void whatWasMeasuredIsWrittenAndSaid() {
    Path file = folder.resolve("this.json");
    CommandLineRun run =
        run(0.05, "--output", file.toString(), "--device", "host", "--threads", "3");
    assertEquals(ExitCode.DONE, run.exitCode(), run.err());
    assertEquals(MEASURED, Hardware.read(file));
    assertTrue(run.out().contains("Written to " + file), run.out());
    assertTrue(run.err().contains("measuring 3-threads"), run.err());
    assertFalse(run.err().contains("other processes"), run.err());
  }

  @Test
  void aBusyMachineIsSaid() {
    CommandLineRun run =
        run(0.5, "--device", "host", "--output", folder.resolve("this.json").toString());
    assertEquals(ExitCode.DONE, run.exitCode());
    assertTrue(run.err().contains("other processes took 50 %"), run.err());
  }

  @Test
  void aWrongNumberOfThreadsIsRefusedBeforeAnythingIsMeasured() {
    Path file = folder.resolve("this.json");
    CommandLineRun run =
        CommandLineRun.of(
            new FakeTraining(), "profile", "--threads", "0", "--output", file.toString());
    assertEquals(ExitCode.USER_INPUT, run.exitCode());
    assertEquals("memo: --threads is 0; valid is 1 to 1024", run.err().strip());
    assertFalse(Files.exists(file));
  }

  @Test
  void anUnknownDeviceIsRefused() {
    CommandLineRun run = CommandLineRun.of(new FakeTraining(), "profile", "--device", "tpu");
    assertEquals(ExitCode.USER_INPUT, run.exitCode());
    assertTrue(run.err().startsWith("memo: --device is 'tpu'; valid is auto, host"), run.err());
  }

  private static CommandLineRun run(double othersShare, String... args) {
    ProfileCommand command =
        new ProfileCommand((device, progress) -> {
          progress.accept(device.key());
          return new DeviceProfile(MEASURED, othersShare);
        });
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        new CommandLine(command)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    return new CommandLineRun(exitCode, out.toString(), err.toString());
  }
}
