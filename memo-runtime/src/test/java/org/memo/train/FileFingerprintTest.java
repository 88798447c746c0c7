package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFingerprintTest {
  private static final long LARGE_BYTES = 100L << 30;

  @TempDir private Path folder;

  @Test
  void theSameContentHasTheSameFingerprintWhereverItLies() throws IOException {
    Path a = Files.write(folder.resolve("x"), new byte[10_000]);
    Files.createDirectory(folder.resolve("b"));
    Path b = Files.write(folder.resolve("b/x"), new byte[10_000]);
    assertEquals(FileFingerprint.of(a), FileFingerprint.of(b));
  }

  @Test
  void sizeAndEveryByteOfASmallFileCount() throws IOException {
    byte[] content = new byte[5000];
    String before = FileFingerprint.of(Files.write(folder.resolve("x"), content));
    content[4500] = 1;
    assertNotEquals(before, FileFingerprint.of(Files.write(folder.resolve("x"), content)));
    assertNotEquals(before, FileFingerprint.of(Files.write(folder.resolve("x"), new byte[5001])));
    assertEquals(
        "empty: 0 bytes, sample e3b0c44298fc1c14",
        FileFingerprint.of(Files.write(folder.resolve("empty"), new byte[0])));
  }

  /** A sparse file of 100 GiB, of which only the sampled pieces are read. */
  @Test
  void theEndOfALargeFileCounts() throws IOException {
    Path file = folder.resolve("large");
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      writer.setLength(LARGE_BYTES);
      String before = FileFingerprint.of(file);
      writer.seek(LARGE_BYTES - 1);
      writer.write(1);
      assertNotEquals(before, FileFingerprint.of(file));
    }
  }
}
