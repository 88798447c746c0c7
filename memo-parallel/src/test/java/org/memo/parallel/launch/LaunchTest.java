package org.memo.parallel.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.UserInputException;

class LaunchTest {
  private static final String TORCHRUN =
      "RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4 MASTER_ADDR=node1 MASTER_PORT=29400"
          + " TORCHELASTIC_RUN_ID=abc TORCHELASTIC_RESTART_COUNT=0";
  private static final String SLURM =
      "SLURM_JOB_ID=17 SLURM_STEP_ID=0 SLURM_PROCID=5 SLURM_NTASKS=7 SLURM_STEP_NUM_TASKS=7"
          + " SLURM_LOCALID=1 SLURM_NODEID=1 SLURM_STEP_TASKS_PER_NODE=4,3"
          + " SLURM_STEP_NODELIST=gpu[07-08]";
  private static final String OPEN_MPI =
      "OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_RANK=2"
          + " OMPI_COMM_WORLD_LOCAL_SIZE=4 PMIX_NAMESPACE=prterun-a-1";
  private static final String BY_HAND =
      "RANK=1 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=6000";

  @Test
  void torchrunGivesAllThatItKnows() {
    assertLaunch(
        new Launch("torchrun", 5, 8, 1, 4, "node1", 29_400, "torchrun/abc/0/29400"), TORCHRUN);
  }

  @Test
  void rankZeroListensBehindThePortOfTorchrunsOwnStore() {
    Launch launch = launch(TORCHRUN + " TORCHELASTIC_USE_AGENT_STORE=True");
    assertEquals(
        List.of(29_401, 29_402, 29_403, 29_404, 29_405, 29_406, 29_407, 29_408), launch.ports());
    assertEquals(29_400, launch(TORCHRUN + " TORCHELASTIC_USE_AGENT_STORE=False").port());
  }

  @Test
  void aRestartByTorchrunIsAnotherRun() {
    assertNotEquals(
        launch(TORCHRUN).runKey(), launch(TORCHRUN + " TORCHELASTIC_RESTART_COUNT=1").runKey());
  }

  @Test
  void byHandOnOneMachineFourVariablesAreEnough() {
    Launch launch = launch(BY_HAND);
    assertEquals(
        new Launch("the environment", 1, 2, 1, 2, "127.0.0.1", 6_000, launch.runKey()), launch);
  }

  @Test
  void slurmGivesAllThatItKnows() {
    Launch launch = launch(SLURM);
    assertEquals(new Launch("Slurm", 5, 7, 1, 3, "gpu07", launch.port(), "Slurm/17.0"), launch);
    assertTrue(launch.port() >= 16_384 && launch.ports().getLast() < 32_768);
    assertNotEquals(launch.port(), launch(SLURM + " SLURM_STEP_ID=1").port());
  }

  @Test
  void slurmMayBeTooOldForSomeVariables() {
    Launch launch =
        launch(
            "SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=4 SLURM_LOCALID=1 SLURM_NTASKS_PER_NODE=2"
                + " SLURM_JOB_NODELIST=a,b");
    assertEquals(new Launch("Slurm", 1, 4, 1, 2, "a", launch.port(), "Slurm/.0"), launch);
  }

  @Test
  void underSlurmAGivenAddressAndPortWin() {
    Launch launch = launch(SLURM + " MASTER_ADDR=10.0.0.1 MASTER_PORT=7000 WORLD_SIZE=7");
    assertEquals("10.0.0.1", launch.host());
    assertEquals(7_000, launch.port());
  }

  @Test
  void openMpiOnOneMachineNeedsNoAddress() {
    Launch launch = launch(OPEN_MPI);
    assertEquals(
        new Launch("Open MPI", 2, 4, 2, 4, "127.0.0.1", launch.port(), "Open MPI/prterun-a-1"),
        launch);
  }

  @Test
  void openMpiOnSeveralMachinesIsToldHowToGiveTheAddress() {
    String several = OPEN_MPI + " OMPI_COMM_WORLD_LOCAL_SIZE=3";
    assertTrue(sentenceOf(several).contains("mpirun -x MASTER_ADDR=HOST"));
    assertEquals("node1", launch(several + " MASTER_ADDR=node1").host());
  }

  @Test
  void torchrunUnderSrunAndMpirunUnderSlurmWin() {
    assertEquals("torchrun", launch(SLURM + " " + OPEN_MPI + " " + TORCHRUN).launcher());
    assertEquals("Open MPI", launch(SLURM + " " + OPEN_MPI).launcher());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PATH=/bin",
        "MASTER_ADDR=node1 MASTER_PORT=29400",
        "WORLD_SIZE=1",
        // the shells of salloc, of sbatch, and of an interactive step
        "SLURM_JOB_ID=17 SLURM_NTASKS=8 SLURM_JOB_NODELIST=gpu1",
        "SLURM_JOB_ID=17 SLURM_NTASKS=8 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_JOB_NODELIST=gpu1",
        "SLURM_JOB_ID=17 SLURM_NTASKS=8 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_STEP_ID=4294967290",
        // one process only
        "RANK=0 WORLD_SIZE=1 LOCAL_RANK=0 MASTER_ADDR=a MASTER_PORT=1",
        "SLURM_JOB_ID=17 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=8 SLURM_STEP_NUM_TASKS=1"
            + " SLURM_LOCALID=0",
        "OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_LOCAL_RANK=0"
            + " OMPI_COMM_WORLD_LOCAL_SIZE=1",
      })
  void noLauncherIsSeenWhereNoneStartedSeveral(String environment) {
    assertEquals(Optional.empty(), Launch.ofEnvironment(variables(environment)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RANK=0|WORLD_SIZE is not set although RANK is set",
        "RANK=0 WORLD_SIZE=2|MASTER_ADDR is not set although RANK and WORLD_SIZE are set",
        "RANK=0 WORLD_SIZE=2 MASTER_ADDR=a|MASTER_PORT is not set",
        "RANK=0 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=1|LOCAL_RANK is not set although MASTER_ADDR"
            + " is a and no loopback address",
        "WORLD_SIZE=4|WORLD_SIZE is 4, but RANK is not set",
        "RANK=x WORLD_SIZE=2|RANK is x; valid is a whole number from 0 on",
        "RANK=0 WORLD_SIZE=-2|WORLD_SIZE is -2; valid is",
        "RANK=2 WORLD_SIZE=2 MASTER_ADDR=::1 MASTER_PORT=1|rank 2 of 2; valid is 0 to 1",
        "RANK=0 WORLD_SIZE=0 MASTER_ADDR=::1 MASTER_PORT=1|gives this run 0 ranks; valid is 1 to"
            + " 65536",
        "RANK=0 WORLD_SIZE=2147483647 MASTER_ADDR=::1 MASTER_PORT=1|2147483647 ranks; valid is 1",
        "RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=0 MASTER_ADDR=a MASTER_PORT=1|gives this"
            + " machine 0 ranks; valid is 1",
        "RANK=0 WORLD_SIZE=2 MASTER_ADDR=::1 MASTER_PORT=70000|port of rank 0 is 70000; valid is 1",
        "RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=3 MASTER_ADDR=a MASTER_PORT=1|gives 3"
            + " ranks",
        "SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=4|SLURM_LOCALID is not set although"
            + " SLURM_STEP",
        "OMPI_COMM_WORLD_RANK=0|OMPI_COMM_WORLD_SIZE is not set although OMPI_COMM_WORLD_RANK is"
            + " set",
      })
  void halfAnEnvironmentIsAnsweredInOneSentence(String environment, String part) {
    String sentence = sentenceOf(environment);
    assertTrue(sentence.contains(part), sentence);
    assertFalse(sentence.contains("\n"), sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpu1|gpu1",
        "gpu1,gpu2|gpu1",
        "gpu[01-04,7],x|gpu01",
        "gpu[7]|gpu7",
        "x,gpu[01-04]|x",
        "rack[1-2]node[03-09,12]-ib,z|rack1node03-ib",
        "gpu-a[9-10].cluster|gpu-a9.cluster",
      })
  void theFirstHostOfSlurmsListIsFound(String nodes, String host) {
    assertEquals(host, SlurmLists.firstHost(nodes));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "gpu[", "gpu[]", "gpu[a-b]", ",gpu1", "gpu[1[2]]"})
  void aListOfNodesThatIsNoneIsRefused(String nodes) {
    assertThrows(UserInputException.class, () -> SlurmLists.firstHost(nodes), nodes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"4|0|4", "4(x2),3|0|4", "4(x2),3|1|4", "4(x2),3|2|3", "2,8(x1000000)|7|8"})
  void theTasksOfANodeAreFound(String tasksPerNode, int node, int tasks) {
    assertEquals(tasks, SlurmLists.tasksOfNode(tasksPerNode, node));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"4(x2),3|3", "4(x|0", "''|0", "-1|0"})
  void tasksOfNodesThatAreNotThereAreRefused(String tasksPerNode, int node) {
    assertThrows(UserInputException.class, () -> SlurmLists.tasksOfNode(tasksPerNode, node));
  }

  private static void assertLaunch(Launch expected, String environment) {
    assertEquals(Optional.of(expected), Launch.ofEnvironment(variables(environment)));
  }

  private static Launch launch(String environment) {
    return Launch.ofEnvironment(variables(environment)).orElseThrow();
  }

  private static String sentenceOf(String environment) {
    return assertThrows(
            UserInputException.class, () -> Launch.ofEnvironment(variables(environment)))
        .getMessage();
  }

  /** Later ones win. */
  private static Map<String, String> variables(String environment) {
    return Arrays.stream(environment.split(" "))
        .map(variable -> variable.split("=", 2))
        .collect(Collectors.toMap(v -> v[0], v -> v[1], (older, newer) -> newer, HashMap::new));
  }
}
