package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The checksums that {@code bindings/regenerate} has written still hold. */
class GeneratedSourcesTest {
  // Maven runs a module's tests in the module's folder
  private static final Path REPOSITORY = Path.of("..");

  @Test
  void generatedSourcesAndTheirHeadersAreAsTheyWereGenerated() throws Exception {
    for (Map.Entry<String, String> entry : recorded().entrySet()) {
      assertEquals(
          entry.getValue(),
          sha256(REPOSITORY.resolve(entry.getKey())),
          entry.getKey() + " has changed: run bindings/regenerate, edit nothing by hand");
    }
  }

  @Test
  void everyGeneratedSourceIsRecorded() throws IOException {
    try (Stream<Path> files = Files.walk(REPOSITORY.resolve("bindings/src/main/java"))) {
      List<String> generated =
          files
              .filter(Files::isRegularFile)
              .map(file -> REPOSITORY.relativize(file).toString())
              .filter(name -> name.contains("/generated/"))
              .sorted()
              .toList();
      assertEquals(
          generated,
          recorded().keySet().stream().filter(name -> name.contains("/generated/")).toList());
    }
  }

  /** Checksums by file, as sha256sum writes them. */
  private static TreeMap<String, String> recorded() throws IOException {
    TreeMap<String, String> checksums = new TreeMap<>();
    Path file = REPOSITORY.resolve("bindings/jextract/checksums.sha256");
    for (String line : Files.readAllLines(file)) {
      checksums.put(line.substring(66), line.substring(0, 64));
    }
    return checksums;
  }

  private static String sha256(Path file) throws IOException, GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
  }
}
