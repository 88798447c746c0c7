package org.memo.parallel.launch;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.memo.UserInputException;
import org.memo.train.ParallelOptions;

/**
 * What a launcher says of this process of a run over several processes.
 *
 * @param launcher for messages
 * @param rank of this process, from 0
 * @param ranks of the run
 * @param localRank of this process among those of its machine, from 0
 * @param localRanks of this machine
 * @param host where rank 0 runs, by name or address
 * @param port the first at which rank 0 may listen
 * @param runKey equal for all ranks of a run, and for no other run of the same machines
 */
public record Launch(
    String launcher,
    int rank,
    int ranks,
    int localRank,
    int localRanks,
    String host,
    int port,
    String runKey) {
  private static final int PORTS = 8;
  private static final int LAST_PORT = 65_535;

  public Launch {
    requireCount("this run", ranks, launcher);
    requireCount("this machine", localRanks, launcher);
    requireOneOf("rank", rank, ranks, launcher);
    requireOneOf("local rank", localRank, localRanks, launcher);
    if (localRanks > ranks) {
      throw new UserInputException(
          "%s gives %d ranks to this machine, but only %d to the whole run"
              .formatted(launcher, localRanks, ranks));
    }
    if (port < 1 || port > LAST_PORT) {
      throw UserInputException.ofOption("the port of rank 0", port, "1 to " + LAST_PORT);
    }
  }

  private static void requireCount(String whose, int ranks, String launcher) {
    if (ranks < 1 || ranks > ParallelOptions.MAX_RANKS) {
      throw new UserInputException(
          "%s gives %s %d ranks; valid is 1 to %d"
              .formatted(launcher, whose, ranks, ParallelOptions.MAX_RANKS));
    }
  }

  private static void requireOneOf(String name, int number, int count, String launcher) {
    if (number < 0 || number >= count) {
      throw new UserInputException(
          "%s gives this process %s %d of %d; valid is 0 to %d"
              .formatted(launcher, name, number, count, count - 1));
    }
  }

  /**
   * What the environment says: of torchrun (or of a person, in the same variables) first, as it may
   * run under the others; then of Open MPI, which may run under Slurm; then of Slurm.
   *
   * @return nothing when no launcher started this process, or it is the only one
   * @throws UserInputException when variables are missing or contradict each other
   */
  public static Optional<Launch> ofEnvironment(Map<String, String> environment) {
    Variables variables = new Variables(environment);
    Optional<Launch> launch =
        TorchrunEnvironment.read(variables)
            .or(() -> OpenMpiEnvironment.read(variables))
            .or(() -> SlurmEnvironment.read(variables));
    if (launch.isEmpty()) {
      TorchrunEnvironment.requireNoWorld(variables);
    }
    return launch.filter(found -> found.ranks > 1);
  }

  /** The ports at which rank 0 may listen: the first that is free. */
  public List<Integer> ports() {
    return IntStream.range(port, Math.min(port + PORTS, LAST_PORT + 1)).boxed().toList();
  }

  /** Whether all ranks run on one machine; it may play several if the address says so. */
  public boolean isOneMachine() {
    return localRanks == ranks || isLoopback(host);
  }

  static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost") || host.startsWith("127.") || host.equals("::1");
  }

  /** For messages: where rank 0 is looked for. */
  public String place() {
    return "%s, ports %d to %d".formatted(host, port, ports().getLast());
  }

  /**
   * A first port for runs that are given none: the same on all ranks, below those that systems hand
   * out by themselves, and apart from the ports of most other keys.
   */
  static int portOf(String runKey) {
    int windows = 1_500;
    return 16_384 + Math.floorMod(runKey.hashCode(), windows) * PORTS;
  }
}
