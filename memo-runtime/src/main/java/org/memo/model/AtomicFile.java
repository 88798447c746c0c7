package org.memo.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.memo.DoesNotFitException;
import org.memo.UserInputException;

/** Files that are there whole or not at all, also after a crash of the machine. */
public final class AtomicFile {
  private static final String PARTIAL_SUFFIX = ".partial";

  private AtomicFile() {}

  /** Writes a file's content. */
  @FunctionalInterface
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /** As {@link #write(Path, long, Content)} for bytes on the heap. */
  public static void write(Path target, byte[] content) {
    write(target, content.length, channel -> writeFully(channel, ByteBuffer.wrap(content)));
  }

  /**
   * Writes beside {@code target}, forces that to disk, and moves it over {@code target}. On failure
   * {@code target} is as before and nothing else stays.
   *
   * @throws DoesNotFitException if the disk has no {@code sizeBytes} left
   * @throws UserInputException if the folder is missing or cannot be written to
   */
  public static void write(Path target, long sizeBytes, Content content) {
    Path absolute = target.toAbsolutePath();
    Path folder = absolute.resolveSibling(".").normalize();
    Path partial = absolute.resolveSibling(absolute.getFileName() + PARTIAL_SUFFIX);
    try {
      requireSpace(target, folder, sizeBytes);
      writePartial(partial, content);
      Files.move(
          partial, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      forceFolder(folder);
    } catch (NoSuchFileException e) {
      throw new UserInputException(
          "Cannot write %s: there is no folder %s.".formatted(target, folder), e);
    } catch (IOException e) {
      if (isDiskFull(e)) {
        throw new DoesNotFitException(
            "The disk is full: %s needs %d bytes.".formatted(target, sizeBytes), sizeBytes, 0);
      }
      throw new UserInputException("Cannot write %s: %s.".formatted(target, e), e);
    }
  }

  /** A channel may take a buffer in parts. */
  static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static void writePartial(Path partial, Content content) throws IOException {
    boolean whole = false;
    try (FileChannel channel =
        FileChannel.open(
            partial,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      content.writeTo(channel);
      channel.force(true);
      whole = true;
    } finally {
      if (!whole) {
        Files.deleteIfExists(partial);
      }
    }
  }

  static boolean isDiskFull(IOException e) {
    return String.valueOf(e.getMessage()).contains("No space left");
  }

  /**
   * Refuses to begin what the disk cannot hold.
   *
   * @throws DoesNotFitException if the disk has no {@code sizeBytes} left
   */
  static void requireSpace(Path target, Path folder, long sizeBytes) throws IOException {
    long usable = Files.getFileStore(folder).getUsableSpace();
    // Some network file systems answer 0 for "unknown"; a full disk then fails when written to.
    if (usable > 0 && usable < sizeBytes) {
      throw new DoesNotFitException(
          "%s needs %d bytes of disk, but only %d are free.".formatted(target, sizeBytes, usable),
          sizeBytes,
          usable);
    }
  }

  /** A move is on disk only when the folder is. */
  public static void forceFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
