package org.memo.parallel.launch;

import java.util.Optional;
import java.util.stream.Stream;
import org.memo.UserInputException;

/** The variables that Open MPI's mpirun sets. It tells nobody where rank 0 runs. */
final class OpenMpiEnvironment {
  private static final String RANK = "OMPI_COMM_WORLD_RANK";
  private static final String SET = RANK + " is set";

  private OpenMpiEnvironment() {}

  static Optional<Launch> read(Variables variables) {
    if (!variables.has(RANK)) {
      return Optional.empty();
    }
    int ranks = variables.requiredNumber("OMPI_COMM_WORLD_SIZE", SET);
    int localRanks = variables.requiredNumber("OMPI_COMM_WORLD_LOCAL_SIZE", SET);
    String runKey = "Open MPI/" + job(variables);
    return Optional.of(
        new Launch(
            "Open MPI",
            variables.requiredNumber(RANK, ""),
            ranks,
            variables.requiredNumber("OMPI_COMM_WORLD_LOCAL_RANK", SET),
            localRanks,
            host(variables, localRanks == ranks),
            variables.number("MASTER_PORT", Launch.portOf(runKey)),
            runKey));
  }

  private static String host(Variables variables, boolean allLocal) {
    String host = variables.get("MASTER_ADDR");
    if (host != null) {
      return host;
    }
    if (allLocal) {
      return "127.0.0.1";
    }
    throw new UserInputException(
        "Open MPI runs this on several machines without saying where rank 0 is: start it with"
            + " mpirun -x MASTER_ADDR=HOST, the first machine's name or address");
  }

  /** What tells this run from others: Open MPI 5 has a namespace, Open MPI 4 a number. */
  private static String job(Variables variables) {
    return Stream.of("PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid")
        .map(name -> variables.environment().getOrDefault(name, ""))
        .filter(job -> !job.isEmpty())
        .findFirst()
        .orElse("");
  }
}
