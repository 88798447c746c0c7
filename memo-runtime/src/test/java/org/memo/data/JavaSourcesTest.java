package org.memo.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.UserInputException;

class JavaSourcesTest {
  @TempDir private Path temporary;
  private final List<String> said = new ArrayList<>();

  @Test
  void theJdksOwnSourcesAreTakenInTheOrderOfTheirNames() throws IOException {
    Path home = jdk("java.base/java/util/B.java", "java.base/java/lang/A.java", "README");
    Path cache = temporary.resolve("cache");

    Path text = JavaSources.materialise(home, Optional.empty(), cache, said::add);

    assertEquals("java.base/java/lang/A.java;java.base/java/util/B.java;", Files.readString(text));
    assertTrue(said.getFirst().contains("src.zip"), said.toString());
    try (Stream<Path> files = Files.list(cache)) {
      assertEquals(List.of(text), files.toList());
    }
  }

  @Test
  void theTextIsWrittenOnce() throws IOException {
    Path home = jdk("java.base/java/lang/A.java");
    Path text = JavaSources.materialise(home, Optional.empty(), temporary, said::add);
    Files.writeString(text, "kept");

    JavaSources.materialise(home, Optional.empty(), temporary, said::add);

    assertEquals("kept", Files.readString(text));
  }

  @Test
  void withoutThemTheProjectsSourcesAreTaken() throws IOException {
    Path project = Files.createDirectories(temporary.resolve("project"));
    Files.writeString(project.resolve("B.java"), "b");
    Files.writeString(project.resolve("A.java"), "a");
    Files.writeString(project.resolve("A.class"), "c");

    Path text =
        JavaSources.materialise(
            temporary.resolve("jre"), Optional.of(project), temporary, said::add);

    assertEquals("ab", Files.readString(text));
  }

  @Test
  void withoutAnyTextTheUserIsAskedForFiles() {
    UserInputException refused =
        assertThrows(
            UserInputException.class,
            () -> JavaSources.materialise(temporary, Optional.empty(), temporary, said::add));
    assertTrue(String.valueOf(refused.getMessage()).startsWith("--data is java-sources, but"));
  }

  @Test
  void aCacheThatCannotBeWrittenIsRefused() throws IOException {
    Path home = jdk("java.base/java/lang/A.java");
    Path file = Files.writeString(temporary.resolve("file"), "");
    assertThrows(
        UserInputException.class,
        () -> JavaSources.materialise(home, Optional.empty(), file.resolve("cache"), said::add));
  }

  /** A JDK whose source files hold their own names. */
  private Path jdk(String... entries) throws IOException {
    Path lib = Files.createDirectories(temporary.resolve("jdk").resolve("lib"));
    try (OutputStream file = Files.newOutputStream(lib.resolve("src.zip"));
        ZipOutputStream zip = new ZipOutputStream(file)) {
      for (String entry : entries) {
        zip.putNextEntry(new ZipEntry(entry));
        zip.write((entry + ";").getBytes(StandardCharsets.UTF_8));
      }
    }
    return temporary.resolve("jdk");
  }
}
