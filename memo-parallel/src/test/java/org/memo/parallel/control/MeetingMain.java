package org.memo.parallel.control;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.memo.UserInputException;
import org.memo.collective.LostRankException;
import org.memo.parallel.launch.Launch;

/**
 * A process that meets the others of its launch and exchanges with them, to try launchers with:
 * {@code java -cp ... org.memo.parallel.control.MeetingMain [STEPS [SECONDS_PER_STEP]]}.
 */
final class MeetingMain {
  private MeetingMain() {}

  public static void main(String[] arguments) throws InterruptedException {
    int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
    long stepMillis = arguments.length > 1 ? (long) (Double.parseDouble(arguments[1]) * 1e3) : 0;
    Duration timeout = Duration.parse(System.getProperty("timeout", "PT20S"));
    try {
      Launch launch = Launch.ofEnvironment(System.getenv()).orElse(null);
      if (launch == null) {
        System.out.println("no launcher started this process");
        return;
      }
      Secret secret = Secret.ofEnvironment(System.getenv());
      try (ControlGroup group = Rendezvous.meet(launch, secret, timeout)) {
        run(group, launch, steps, stepMillis);
      }
    } catch (UserInputException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    } catch (LostRankException e) {
      System.err.println(e.getMessage());
      System.exit(5);
    }
  }

  private static void run(ControlGroup group, Launch launch, int steps, long stepMillis)
      throws InterruptedException {
    int[] step = {0};
    group.reportProgress(() -> "step " + step[0]);
    while (step[0] < steps) {
      step[0]++;
      Thread.sleep(stepMillis);
      String mine = "pid " + ProcessHandle.current().pid();
      List<byte[]> all = group.exchange("step " + step[0], mine.getBytes(StandardCharsets.UTF_8));
      List<String> texts = all.stream().map(b -> new String(b, StandardCharsets.UTF_8)).toList();
      System.out.println(launch.launcher() + ", rank " + group.rank() + " got " + texts);
    }
  }
}
