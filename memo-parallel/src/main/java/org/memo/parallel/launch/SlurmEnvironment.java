package org.memo.parallel.launch;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/**
 * The variables that Slurm's srun sets for each task of a step. The shells of salloc and sbatch
 * have many of them too, but no task's rank beside the number of a step that srun started.
 */
final class SlurmEnvironment {
  /** Numbers from here on are Slurm's own steps: the batch script, the interactive shell. */
  private static final long FIRST_SPECIAL_STEP = 0xFFFF_FFF0L;

  private static final String IN_STEP = "SLURM_STEP_ID and SLURM_PROCID are set";

  private SlurmEnvironment() {}

  static Optional<Launch> read(Variables variables) {
    if (!isTaskOfStep(variables)) {
      return Optional.empty();
    }
    int ranks = variables.number("SLURM_STEP_NUM_TASKS", variables.number("SLURM_NTASKS", 1));
    int localRank = variables.requiredNumber("SLURM_LOCALID", IN_STEP);
    String runKey = "Slurm/%s.%s".formatted(job(variables), variables.get("SLURM_STEP_ID"));
    return Optional.of(
        new Launch(
            "Slurm",
            variables.requiredNumber("SLURM_PROCID", IN_STEP),
            ranks,
            localRank,
            ranks == 1 ? 1 : localRanks(variables),
            ranks == 1 ? "127.0.0.1" : host(variables),
            variables.number("MASTER_PORT", Launch.portOf(runKey)),
            runKey));
  }

  private static boolean isTaskOfStep(Variables variables) {
    String step = variables.get("SLURM_STEP_ID");
    if (step == null || !variables.has("SLURM_PROCID")) {
      return false;
    }
    try {
      return Long.parseLong(step) < FIRST_SPECIAL_STEP;
    } catch (NumberFormatException e) {
      return false; // "batch" and the like
    }
  }

  private static String job(Variables variables) {
    return Objects.requireNonNullElse(variables.get("SLURM_JOB_ID"), "");
  }

  private static int localRanks(Variables variables) {
    String tasksPerNode = first(variables, "SLURM_STEP_TASKS_PER_NODE", "SLURM_TASKS_PER_NODE");
    if (tasksPerNode != null) {
      int node = variables.requiredNumber("SLURM_NODEID", IN_STEP);
      return SlurmLists.tasksOfNode(tasksPerNode, node);
    }
    return variables.requiredNumber("SLURM_NTASKS_PER_NODE", IN_STEP);
  }

  private static String host(Variables variables) {
    String given = variables.get("MASTER_ADDR");
    if (given != null) {
      return given;
    }
    String nodes = first(variables, "SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", "SLURM_NODELIST");
    if (nodes == null) {
      throw new UserInputException(
          "SLURM_STEP_NODELIST is not set although %s: set MASTER_ADDR to the machine of rank 0"
              .formatted(IN_STEP));
    }
    return SlurmLists.firstHost(nodes);
  }

  private static @Nullable String first(Variables variables, String... names) {
    return Stream.of(names).filter(variables::has).findFirst().map(variables::get).orElse(null);
  }
}
