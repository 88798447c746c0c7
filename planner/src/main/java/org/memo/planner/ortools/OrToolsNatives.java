package org.memo.planner.ortools;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Loads OR-Tools' native libraries into this JVM, once. OR-Tools' own loader unpacks all 69 MB at
 * each start (about 1 s); here they are unpacked on the first start of all and kept, and later
 * starts take about 50 ms.
 */
public final class OrToolsNatives {

  private static boolean loaded = false;
  private static @Nullable String unavailability = null;

  private OrToolsNatives() {}

  /**
   * Loads the natives; does nothing when that was done before. Any number of threads may call it.
   *
   * @throws OrToolsUnavailableException if OR-Tools cannot be used here, for the same reason at
   *     each call
   */
  public static void load() {
    unavailability()
        .ifPresent(why -> {
          throw new OrToolsUnavailableException(why);
        });
  }

  /** Why OR-Tools cannot be used here, empty if it can; loads it to find out, and that once. */
  public static synchronized Optional<String> unavailability() {
    if (!loaded && unavailability == null) {
      try {
        System.load(library().toString());
        loaded = true;
      } catch (OrToolsUnavailableException e) {
        unavailability = e.getMessage();
      } catch (IOException | LinkageError e) {
        unavailability = "OR-Tools' native libraries cannot be loaded: " + e.getMessage();
      }
    }
    return Optional.ofNullable(unavailability);
  }

  private static Path library() throws IOException {
    String folder = folderFor(System.getProperty("os.name"), System.getProperty("os.arch"));
    String name = System.mapLibraryName("jniortools");
    URL resource = OrToolsNatives.class.getResource("/" + folder + "/" + name);
    if (resource == null) {
      throw new OrToolsUnavailableException(
          "OR-Tools has no native libraries for %s on %s here: %s/%s is not on the class path"
              .formatted(
                  System.getProperty("os.name"), System.getProperty("os.arch"), folder, name));
    }
    return new NativeFolder(cacheFolders()).fileOf(resource);
  }

  /** The folder of a platform's libraries in OR-Tools' jars. */
  static String folderFor(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String system = os.startsWith("mac") ? "darwin" : os.startsWith("windows") ? "win32" : os;
    String processor = osArch.equals("amd64") || osArch.equals("x86_64") ? "x86-64" : osArch;
    return "ortools-" + system + "-" + processor;
  }

  private static List<Path> cacheFolders() {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    String user = System.getProperty("user.name", "user");
    return List.of(
        userFolder(System.getenv(), Path.of(System.getProperty("user.home"))),
        temporary.resolve("memo-cache-" + user));
  }

  /** The folder that all of Memo's unpacked libraries are kept in. */
  static Path userFolder(Map<String, String> environment, Path home) {
    String memoCache = environment.get("MEMO_CACHE");
    if (memoCache != null) {
      return Path.of(memoCache);
    }
    String xdgCache = environment.get("XDG_CACHE_HOME");
    return (xdgCache != null ? Path.of(xdgCache) : home.resolve(".cache")).resolve("memo");
  }
}
