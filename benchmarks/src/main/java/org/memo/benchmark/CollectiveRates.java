package org.memo.benchmark;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.memo.UserInputException;
import org.memo.collective.Collectives;
import org.memo.device.Device;
import org.memo.device.Stream;
import org.memo.device.cuda.CudaDevice;
import org.memo.device.cuda.CudaOptions;
import org.memo.device.host.HostDevice;
import org.memo.op.Barrier;
import org.memo.op.Collective;
import org.memo.parallel.InProcessRanks;
import org.memo.parallel.control.ControlGroup;
import org.memo.parallel.control.Rendezvous;
import org.memo.parallel.control.Secret;
import org.memo.parallel.launch.Launch;
import org.memo.parallel.socket.SocketCollectives;

/**
 * Times collectives between ranks: {@code --carrier gpus --ranks 4 --bytes 1048576,16777216
 * --rounds 20 --warm-up 2}. Prints a line of JSON for each collective and size: the bytes that each
 * rank sends, and the seconds. Carriers:
 *
 * <ul>
 *   <li>{@code gpus}: the GPUs of this machine, a thread each;
 *   <li>{@code threads}: host devices, a thread each;
 *   <li>{@code sockets}: host devices, a process each, which a launcher such as torchrun starts and
 *       numbers.
 * </ul>
 */
public final class CollectiveRates {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final PrintStream out;
  private final List<Long> sizesBytes;
  private final int rounds;
  private final int warmUp;

  private CollectiveRates(Map<String, String> options, PrintStream out) {
    this.out = out;
    String sizes = options.getOrDefault("--bytes", "1048576");
    this.sizesBytes = Arrays.stream(sizes.split(",", -1)).map(Long::valueOf).toList();
    this.rounds = Integer.parseInt(options.getOrDefault("--rounds", "20"));
    this.warmUp = Integer.parseInt(options.getOrDefault("--warm-up", "2"));
  }

  /** Opens the device of a rank, with slab and without pool. */
  @FunctionalInterface
  private interface Opening {
    Device open(Collectives collectives, long slabBytes);
  }

  public static void main(String[] arguments) {
    run(arguments, System.getenv(), System.out);
  }

  /** The same with an environment and an output. */
  static void run(String[] arguments, Map<String, String> environment, PrintStream out) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    CollectiveRates rates = new CollectiveRates(options, out);
    int ranks = Integer.parseInt(options.getOrDefault("--ranks", "2"));
    String carrier = options.getOrDefault("--carrier", "gpus");
    switch (carrier) {
      case "gpus" -> rates.amongThreads(ranks, CollectiveRates::gpu);
      case "threads" -> rates.amongThreads(ranks, CollectiveRates::host);
      case "sockets" -> rates.amongProcesses(environment);
      default ->
          throw UserInputException.ofOption("--carrier", carrier, "gpus, threads and sockets");
    }
  }

  private static Device gpu(Collectives collectives, long slabBytes) {
    CudaOptions options = CudaOptions.ofEnvironment(collectives.localRank());
    return CudaDevice.open(options, slabBytes, 0, collectives, (pinned, total) -> {});
  }

  private static Device host(Collectives collectives, long slabBytes) {
    return new HostDevice(slabBytes, 0, 1, collectives);
  }

  private void amongThreads(int ranks, Opening devices) {
    InProcessRanks.run(ranks, TIMEOUT, collectives -> measure(collectives, devices));
  }

  private void amongProcesses(Map<String, String> environment) {
    Launch launch =
        Launch.ofEnvironment(environment)
            .orElseThrow(() ->
                new UserInputException(
                    "--carrier sockets: no launcher started this process as one of several; valid"
                        + " is torchrun --no-python, for example"));
    Secret secret = Secret.ofEnvironment(environment);
    try (ControlGroup group = Rendezvous.meet(launch, secret, TIMEOUT);
        SocketCollectives collectives = SocketCollectives.open(group)) {
      measure(collectives, CollectiveRates::host);
      group.exchange("the end", new byte[0]);
    }
  }

  private void measure(Collectives collectives, Opening devices) {
    try {
      for (long sizeBytes : sizesBytes) {
        try (Device device = devices.open(collectives, 2 * sizeBytes)) {
          measure(collectives, device, sizeBytes);
        }
      }
    } catch (RuntimeException | Error e) {
      collectives.fail(e); // the others need not wait for the timeout
      throw e;
    }
  }

  private void measure(Collectives collectives, Device device, long sizeBytes) {
    int ranks = collectives.ranks();
    Stream stream = device.createStream("compute");
    for (CollectiveCase each : CollectiveCase.of(collectives.rank(), ranks, sizeBytes)) {
      each.check(device, stream, collectives.rank());
      double seconds = seconds(stream, each.operation());
      if (collectives.rank() == 0) {
        out.printf(
            Locale.ROOT,
            "{\"name\": \"%s\", \"case\": \"ranks=%d bytes=%d\", \"bytes\": %d, \"seconds\":"
                + " %.9f}%n",
            each.operation().name(),
            ranks,
            sizeBytes,
            each.operation().wireBytes(),
            seconds);
      }
    }
  }

  private double seconds(Stream stream, Collective operation) {
    submit(stream, operation, warmUp);
    stream.submit(new Barrier(operation.ranks()));
    stream.synchronize();
    long start = System.nanoTime();
    submit(stream, operation, rounds);
    stream.synchronize();
    return (System.nanoTime() - start) / 1e9 / rounds;
  }

  private static void submit(Stream stream, Collective operation, int times) {
    for (int i = 0; i < times; i++) {
      stream.submit(operation);
    }
  }
}
