package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process of a run, as torchrun starts it, with what it says in files. */
record RankProcess(Process process, Path out, Path err) {
  private static final long LONGEST_SECONDS = 60;

  /** Starts the processes of a run on this machine, each with its own arguments. */
  static List<RankProcess> start(Path folder, List<List<String>> argumentsOfRanks)
      throws IOException {
    int port = freePort();
    List<RankProcess> ranks = new ArrayList<>();
    for (int rank = 0; rank < argumentsOfRanks.size(); rank++) {
      ranks.add(start(folder, rank, argumentsOfRanks.size(), port, argumentsOfRanks.get(rank)));
    }
    return ranks;
  }

  private static RankProcess start(
      Path folder, int rank, int ranks, int port, List<String> arguments) throws IOException {
    Path out = folder.resolve("rank%d.out".formatted(rank));
    Path err = folder.resolve("rank%d.err".formatted(rank));
    ProcessBuilder builder =
        new ProcessBuilder(command(rank, arguments))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "RANK", String.valueOf(rank),
                "WORLD_SIZE", String.valueOf(ranks),
                "LOCAL_RANK", String.valueOf(rank),
                "LOCAL_WORLD_SIZE", String.valueOf(ranks),
                "MASTER_ADDR", "127.0.0.1",
                "MASTER_PORT", String.valueOf(port)));
    return new RankProcess(builder.start(), out, err);
  }

  /** Rank 0 runs where people have other digits. */
  private static List<String> command(int rank, List<String> arguments) {
    Stream<String> java =
        Stream.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            rank == 0 ? "-Duser.language=ar" : "-Duser.language=de",
            rank == 0 ? "-Duser.country=EG" : "-Duser.country=DE",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName());
    return Stream.concat(java, arguments.stream()).toList();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** What the process answered when it ended, which it does. */
  CommandLineRun ended() throws IOException, InterruptedException {
    assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "it hangs: " + this);
    List<String> said =
        Files.readAllLines(err).stream().filter(line -> line.startsWith("memo: ")).toList();
    return new CommandLineRun(process.exitValue(), Files.readString(out), String.join("\n", said));
  }

  /** Waits until there is such a file or folder. */
  void awaitFile(Path path) throws IOException, InterruptedException {
    long start = System.nanoTime();
    while (!Files.exists(path)) {
      assertTrue(process.isAlive(), () -> "it ended: " + this);
      boolean late = System.nanoTime() - start > TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
      assertTrue(!late, "there is no " + path);
      Thread.sleep(5);
    }
  }
}
