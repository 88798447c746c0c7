package org.memo.parallel.launch;

import java.util.Optional;
import org.memo.UserInputException;

/** The variables that torchrun sets, and that a person sets who starts each process by hand. */
final class TorchrunEnvironment {
  private TorchrunEnvironment() {}

  static Optional<Launch> read(Variables variables) {
    if (!variables.has("RANK")) {
      return Optional.empty();
    }
    int rank = variables.requiredNumber("RANK", "");
    int ranks = variables.requiredNumber("WORLD_SIZE", "RANK is set");
    if (ranks == 1 && rank == 0) {
      return Optional.of(new Launch("torchrun", 0, 1, 0, 1, "127.0.0.1", 1, ""));
    }
    String host = variables.required("MASTER_ADDR", "RANK and WORLD_SIZE are set");
    int port = variables.requiredNumber("MASTER_PORT", "RANK and WORLD_SIZE are set");
    String runKey =
        String.join(
            "/",
            "torchrun",
            variables.environment().getOrDefault("TORCHELASTIC_RUN_ID", ""),
            variables.environment().getOrDefault("TORCHELASTIC_RESTART_COUNT", ""),
            Integer.toString(port));
    boolean allLocal = Launch.isLoopback(host) && !variables.has("LOCAL_RANK");
    return Optional.of(
        new Launch(
            variables.has("TORCHELASTIC_RUN_ID") ? "torchrun" : "the environment",
            rank,
            ranks,
            allLocal ? rank : variables.requiredNumber("LOCAL_RANK", notLoopback(host)),
            allLocal ? ranks : variables.requiredNumber("LOCAL_WORLD_SIZE", "LOCAL_RANK is set"),
            host,
            agentListens(variables) ? port + 1 : port,
            runKey));
  }

  private static String notLoopback(String host) {
    return "MASTER_ADDR is %s and no loopback address".formatted(host);
  }

  /** Whether torchrun's own store listens at MASTER_PORT, so that rank 0 cannot. */
  private static boolean agentListens(Variables variables) {
    return "True".equals(variables.get("TORCHELASTIC_USE_AGENT_STORE"));
  }

  /** Where no launcher is found: a world of several ranks is not meant for one process. */
  static void requireNoWorld(Variables variables) {
    int ranks = variables.number("WORLD_SIZE", 1);
    if (ranks > 1) {
      throw new UserInputException(
          "WORLD_SIZE is %d, but RANK is not set: give each process its RANK, or unset WORLD_SIZE"
              .formatted(ranks));
    }
  }
}
