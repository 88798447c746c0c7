package org.memo.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.memo.UserInputException;

/** Maps files that users name. */
final class MappedFile {
  private MappedFile() {}

  /** The file's bytes, readable until the arena is closed. */
  static MemorySegment map(Path file, Arena arena) {
    if (Files.isDirectory(file)) {
      throw new UserInputException(file + " is a folder; a file is needed");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new UserInputException(file + " is a pipe or a device; a file is needed");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException unreadable) {
      String reason = Files.exists(file) ? "cannot be read: " + unreadable : "does not exist";
      throw new UserInputException(file + " " + reason);
    }
  }
}
