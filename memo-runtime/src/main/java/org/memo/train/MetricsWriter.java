package org.memo.train;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.memo.RunFailedException;
import org.memo.UserInputException;

/** Writes {@code metrics.jsonl}, a line a step, each on disk when {@link #write} returns. */
public final class MetricsWriter implements AutoCloseable {
  private static final Pattern STEP = Pattern.compile("\\{\"step\":([0-9]{1,18}),.*}");

  private final Path file;
  private final BufferedWriter writer;
  private long step;

  private MetricsWriter(Path file, BufferedWriter writer, long lastStep) {
    this.file = file;
    this.writer = writer;
    this.step = lastStep;
  }

  /**
   * Opens the file; its lines of steps up to {@code lastStep} stay, so that a resumed run continues
   * it.
   *
   * @param lastStep the step of the checkpoint that the run goes on from, 0 for a new run
   * @throws UserInputException when the file cannot be written
   */
  public static MetricsWriter open(Path file, long lastStep) {
    try {
      keepUpTo(file, lastStep);
      return new MetricsWriter(
          file,
          Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
          lastStep);
    } catch (IOException failure) {
      throw new UserInputException("%s cannot be written: %s".formatted(file, failure), failure);
    }
  }

  /** One that writes nowhere, for a rank that does not lead. */
  static MetricsWriter none() {
    return new MetricsWriter(Path.of(""), new BufferedWriter(Writer.nullWriter()), 0);
  }

  /** Drops the lines of later steps, and a last line that an interrupted run left half-written. */
  private static void keepUpTo(Path file, long lastStep) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    Path kept = file.resolveSibling(file.getFileName() + ".partial");
    try (BufferedReader reader = Files.newBufferedReader(file);
        BufferedWriter writer = Files.newBufferedWriter(kept)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        Matcher step = STEP.matcher(line);
        if (step.matches() && Long.parseLong(step.group(1)) <= lastStep) {
          writer.write(line);
          writer.write('\n');
        }
      }
    }
    Files.move(kept, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Appends a line.
   *
   * @throws RunFailedException when the disk takes no more
   */
  public void write(StepMetrics metrics) {
    try {
      step = metrics.step();
      writer.write(metrics.toJson());
      writer.write('\n');
      writer.flush();
    } catch (IOException failure) {
      throw unwritable(failure);
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException failure) {
      throw unwritable(failure);
    }
  }

  private RunFailedException unwritable(IOException failure) {
    return new RunFailedException(
        step, "%s cannot be written: %s".formatted(file, failure), failure);
  }
}
