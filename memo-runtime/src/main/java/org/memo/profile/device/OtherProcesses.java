package org.memo.profile.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** How much of the processors other processes take: it is missing in what is timed meanwhile. */
final class OtherProcesses {
  private static final Path PROCESSORS = Path.of("/proc/stat");
  private static final int IDLE = 3;
  private static final int WAITING = 4;
  private static final int STOLEN = 7;
  private static final double TICKS_PER_SECOND = 100;

  private final Used before = used();

  /** In seconds of processors: of this process, of all, and of all that there were. */
  private record Used(double own, double busy, double total) {}

  /** Their part of all processor time since this was made; 0 where the system does not say. */
  double share() {
    Used now = used();
    double others = now.busy - before.busy - (now.own - before.own);
    double total = now.total - before.total;
    return total > 0 ? Math.clamp(others / total, 0, 1) : 0;
  }

  private static Used used() {
    double own =
        ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos() * 1e-9;
    try {
      String line = Files.readAllLines(PROCESSORS).getFirst();
      long[] ticks =
          Stream.of(line.split(" +"))
              .skip(1)
              .limit(STOLEN + 1)
              .mapToLong(Long::parseLong)
              .toArray();
      double total = LongStream.of(ticks).sum() / TICKS_PER_SECOND;
      return new Used(own, total - (ticks[IDLE] + ticks[WAITING]) / TICKS_PER_SECOND, total);
    } catch (IOException | RuntimeException e) {
      return new Used(own, 0, 0); // not Linux
    }
  }
}
