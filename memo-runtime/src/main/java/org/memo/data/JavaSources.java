package org.memo.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.CodeSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.memo.CacheFolder;
import org.memo.UserInputException;

/**
 * Text that a machine has without any download: the source code that comes with the JDK, else this
 * project's own. It is written once, as one file of bytes, into the user's cache.
 */
public final class JavaSources {
  /** The name that stands for the built-in text in {@code --data}. */
  public static final String NAME = "java-sources";

  /** Whole source files are taken until this much is written. */
  private static final long LIMIT_BYTES = 16L << 20;

  private static final String PACKAGES = "java.base/java/";

  private JavaSources() {}

  /**
   * The text as a file.
   *
   * @param say is told which text it is
   * @throws UserInputException when the machine has neither text
   */
  public static Path materialise(Consumer<String> say) {
    return materialise(
        Path.of(System.getProperty("java.home")), projectFolder(), CacheFolder.path(), say);
  }

  static Path materialise(Path javaHome, Optional<Path> project, Path cache, Consumer<String> say) {
    Path archive = javaHome.resolve("lib").resolve("src.zip");
    try {
      if (Files.isReadable(archive)) {
        return fromArchive(archive, cache, say);
      }
      if (project.isPresent()) {
        return fromProject(project.get(), cache, say);
      }
    } catch (IOException failure) {
      throw new UserInputException(
          "the text for --data %s could not be written below %s (%s); set MEMO_CACHE to a folder that can be"
              .formatted(NAME, cache, failure),
          failure);
    }
    throw new UserInputException(
        "--data is %s, but there is no %s; valid is token files, or a JDK with its sources"
            .formatted(NAME, archive));
  }

  private static Path fromArchive(Path archive, Path cache, Consumer<String> say)
      throws IOException {
    Path text = cache.resolve(NAME + "-jdk-" + Runtime.version() + ".txt");
    if (!Files.exists(text)) {
      try (ZipFile zip = new ZipFile(archive.toFile())) {
        List<Source> sources =
            zip.stream()
                .filter(e -> e.getName().startsWith(PACKAGES) && e.getName().endsWith(".java"))
                .sorted(Comparator.comparing(ZipEntry::getName))
                .map(e -> new Source(e.getSize(), () -> zip.getInputStream(e).readAllBytes()))
                .toList();
        write(text, sources);
      }
    }
    say.accept("Text: the JDK's own sources, %s (%s)".formatted(archive, text));
    return text;
  }

  private static Path fromProject(Path project, Path cache, Consumer<String> say)
      throws IOException {
    Path text = cache.resolve(NAME + "-memo.txt");
    try (Stream<Path> tree = Files.walk(project)) {
      List<Source> sources =
          tree.filter(path -> path.toString().endsWith(".java"))
              .filter(path -> !path.toString().contains("generated"))
              .sorted()
              .map(path -> new Source(path.toFile().length(), () -> Files.readAllBytes(path)))
              .toList();
      write(text, sources);
    }
    say.accept("Text: Memo's own sources, %s (%s)".formatted(project, text));
    return text;
  }

  /** One source file, not read yet. */
  private record Source(long sizeBytes, Reader reader) {}

  private interface Reader {
    byte[] read() throws IOException;
  }

  /** Writes beside the file, then renames: a run that is stopped leaves no half of a text. */
  private static void write(Path text, List<Source> sources) throws IOException {
    Files.createDirectories(text.toAbsolutePath().getParent());
    Path partial = Files.createTempFile(text.toAbsolutePath().getParent(), NAME, ".partial");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(partial))) {
        long writtenBytes = 0;
        for (Source source : sources) {
          if (writtenBytes + source.sizeBytes() > LIMIT_BYTES) {
            break;
          }
          byte[] bytes = source.reader().read();
          out.write(bytes);
          writtenBytes += bytes.length;
        }
      }
      Files.move(partial, text, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /** The checkout that this class was built in, if it was. */
  private static Optional<Path> projectFolder() {
    CodeSource code = JavaSources.class.getProtectionDomain().getCodeSource();
    Path folder = code == null ? null : Path.of(URI.create(code.getLocation().toString()));
    while (folder != null && !Files.isDirectory(folder.resolve("memo-runtime/src/main/java"))) {
      folder = folder.getParent();
    }
    return Optional.ofNullable(folder);
  }
}
