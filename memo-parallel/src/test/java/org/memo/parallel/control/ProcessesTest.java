package org.memo.parallel.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ranks that are processes, started as a launcher would. */
@Timeout(60)
class ProcessesTest {
  private static final int RANKS = 3;

  @Test
  void processesMeetAndAKilledOneEndsTheOthersWhoNameIt() throws Exception {
    List<Process> ranks = start("1000000", "0.01");
    try {
      for (Process rank : ranks) {
        BufferedReader out = rank.inputReader();
        assertTrue(String.valueOf(out.readLine()).contains(" got [pid "), "a rank never met");
      }
      ranks.get(1).destroyForcibly();
      for (int survivor : new int[] {0, 2}) {
        ranks.get(survivor).inputReader().lines().forEach(line -> {});
        String told = String.join("\n", ranks.get(survivor).errorReader().lines().toList());
        assertTrue(told.startsWith("rank 1 "), told);
        assertEquals(5, ranks.get(survivor).waitFor());
      }
    } finally {
      ranks.forEach(Process::destroyForcibly);
    }
  }

  private static List<Process> start(String... arguments) throws IOException {
    int port = Loopback.freePort();
    List<Process> ranks = new ArrayList<>();
    for (int rank = 0; rank < RANKS; rank++) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1"));
      command.addAll(List.of("-Dtimeout=PT40S", "-cp", System.getProperty("java.class.path")));
      command.add(MeetingMain.class.getName());
      command.addAll(List.of(arguments));
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().clear();
      builder
          .environment()
          .putAll(
              Map.of(
                  "RANK",
                  "" + rank,
                  "WORLD_SIZE",
                  "" + RANKS,
                  "MASTER_ADDR",
                  Loopback.HOST,
                  "MASTER_PORT",
                  "" + port,
                  Secret.VARIABLE,
                  "xyzzy"));
      ranks.add(builder.start());
    }
    return ranks;
  }
}
