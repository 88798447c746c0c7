package org.memo.bindings;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Small C programs and libraries, made in a test by the system's compiler. */
public final class CCompiler {
  private CCompiler() {}

  /** A shared library without a soname, so that no other library's needs are met by it. */
  public static Path library(Path file, String source) {
    compile(file, source, List.of("-shared", "-fPIC"));
    return file;
  }

  /** What the program prints, line by line. */
  public static List<String> linesOf(Path folder, String source, List<Path> includeFolders) {
    List<String> options = new ArrayList<>();
    includeFolders.forEach(include -> options.add("-I" + include));
    Path program = folder.resolve("program");
    compile(program, source, options);
    return run(List.of(program.toString()));
  }

  private static void compile(Path file, String source, List<String> options) {
    assumeTrue(isThere(), "there is no C compiler cc");
    try {
      Path code = Files.writeString(Path.of(file + ".c"), source);
      List<String> command = new ArrayList<>(List.of("cc", "-w", "-o", file.toString()));
      command.addAll(options);
      command.add(code.toString());
      run(command);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isThere() {
    try {
      return new ProcessBuilder("cc", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      List<String> lines = process.inputReader().lines().toList();
      if (process.waitFor() != 0) {
        throw new AssertionError(command + " failed: " + String.join("\n", lines));
      }
      return lines;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
