package org.memo.benchmark.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The scripts of {@code benchmarks/gpu} are Python, and so are their tests. */
class CheckScriptTest {
  private static final Path SCRIPTS = Path.of("gpu").toAbsolutePath();

  @Test
  void theScriptsTestsPass() throws IOException, InterruptedException {
    Answer answer = run("-m", "unittest", "test_checking");
    assertEquals(0, answer.exitCode(), answer::output);
  }

  @Test
  void everyScriptIsReadByPython() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("-c", COMPILE));
    command.addAll(List.of("check", "bundle", "peers/torch_kernels.py"));
    command.addAll(List.of("peers/torch_train_llama.py", "peers/timing.py"));
    Answer answer = run(command.toArray(String[]::new));
    assertEquals(0, answer.exitCode(), answer::output);
  }

  @Test
  void whatIsNoBundleIsSaid() throws IOException, InterruptedException {
    Answer answer = run("check", "--bundle", "models");
    assertEquals(2, answer.exitCode(), answer::output);
    assertTrue(answer.output().contains("is no bundle"), answer.output());
  }

  private static final String COMPILE =
      """
      import sys
      for name in sys.argv[1:]:
          compile(open(name).read(), name, "exec")
      """;

  private record Answer(int exitCode, String output) {}

  private static Answer run(String... arguments) throws IOException, InterruptedException {
    assertTrue(Files.isDirectory(SCRIPTS), SCRIPTS::toString);
    assumeTrue(hasPython(), "there is no python3");
    return answer(arguments);
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return answer("-c", "import sys; sys.exit(sys.version_info < (3, 10))").exitCode() == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  private static Answer answer(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(SCRIPTS.toFile()).redirectErrorStream(true).start();
    byte[] output = process.getInputStream().readAllBytes();
    return new Answer(process.waitFor(), new String(output, StandardCharsets.UTF_8));
  }
}
