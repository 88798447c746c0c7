package org.memo.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.memo.UserInputException;

/** Collectives are timed, in small, on the carriers of the host device; each checks its answer. */
@Timeout(60)
class CollectiveRatesTest {
  private static final List<String> NAMES =
      List.of("AllGather", "ReduceScatter", "AllReduce", "TokensToHeads", "Shift");

  @Test
  void everyCollectiveIsTimedBetweenThreads() {
    assertEquals(
        List.of(line("AllGather", 4096), line("AllGather", 1 << 20)),
        run(Map.of(), "threads", "--ranks", "3", "--bytes", "4096,1048576")
            .lines()
            .filter(line -> line.contains("AllGather"))
            .map(CollectiveRatesTest::withoutSeconds)
            .toList());
  }

  private static String line(String name, long sizeBytes) {
    long shardBytes = sizeBytes / 3 / 256 * 256;
    return "{\"name\": \"%s\", \"case\": \"ranks=3 bytes=%d\", \"bytes\": %d, "
        .formatted(name, sizeBytes, 2 * shardBytes);
  }

  private static String withoutSeconds(String line) {
    return line.substring(0, line.indexOf("\"seconds\""));
  }

  @Test
  void everyCollectiveIsTimedBetweenProcesses() throws IOException {
    String port = freePort();
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      List<String> said =
          IntStream.range(0, 2)
              .mapToObj(rank ->
                  CompletableFuture.supplyAsync(
                      () -> run(environment(rank, port), "sockets", "--bytes", "65536"), threads))
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .toList();
      assertEquals(NAMES.size(), said.getFirst().lines().count(), said.getFirst());
      NAMES.forEach(name -> assertTrue(said.getFirst().contains("\"" + name + "\""), name));
      assertEquals("", said.getLast());
    }
  }

  @Test
  void carriersThatAreNoneAndProcessesThatNobodyStartedAreRefused() {
    String message =
        assertThrows(UserInputException.class, () -> run(Map.of(), "pigeons")).getMessage();
    assertEquals("--carrier is pigeons; valid is gpus, threads and sockets", message);
    message = assertThrows(UserInputException.class, () -> run(Map.of(), "sockets")).getMessage();
    assertTrue(message.contains("no launcher started this process"), message);
  }

  private static Map<String, String> environment(int rank, String port) {
    return Map.of(
        "RANK",
        String.valueOf(rank),
        "WORLD_SIZE",
        "2",
        "MASTER_ADDR",
        "127.0.0.1",
        "MASTER_PORT",
        port);
  }

  private static String freePort() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return String.valueOf(Math.min(server.getLocalPort(), 65_000));
    }
  }

  private static String run(Map<String, String> environment, String carrier, String... more) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.addAll(List.of("--carrier", carrier, "--rounds", "2", "--warm-up", "1"));
    CollectiveRates.run(
        arguments.toArray(String[]::new), environment, new PrintStream(bytes, true, UTF_8));
    return bytes.toString(UTF_8);
  }
}
