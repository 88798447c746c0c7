package org.memo.parallel.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What examples/ shows to people who call Memo from Java. */
@Timeout(120)
class ExampleTest {
  private static final Path EXAMPLE = Path.of("..", "examples", "TrainFromJava.java");

  @TempDir private Path folder;

  @Test
  void theExampleCompilesAndTrains() throws Exception {
    Path run = folder.resolve("run");
    Path text = Files.writeString(folder.resolve("text"), "two ranks share it; ".repeat(200));
    main(compiled(), text.toString(), run.toString());
    assertEquals(5, Files.readAllLines(run.resolve("metrics.jsonl")).size());
    assertTrue(Files.exists(run.resolve("checkpoints/step-5/model.safetensors")));
  }

  private Path compiled() throws IOException {
    Path classes = Files.createDirectory(folder.resolve("classes"));
    String[] arguments = {
      "-cp",
      System.getProperty("java.class.path"),
      "-proc:none",
      "-d",
      classes.toString(),
      EXAMPLE.toString()
    };
    assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments));
    return classes;
  }

  private static void main(Path classes, String... arguments) throws Exception {
    URL[] path = {classes.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(path)) {
      loader
          .loadClass("TrainFromJava")
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments);
    }
  }
}
