package org.memo;

import java.nio.file.Path;
import java.util.Map;

/** The folder of the user's cache that also holds the unpacked native libraries. */
public final class CacheFolder {
  private CacheFolder() {}

  /** {@code MEMO_CACHE}, or {@code memo} below the user's cache. It need not exist. */
  public static Path path() {
    Map<String, String> environment = System.getenv();
    String memoCache = environment.get("MEMO_CACHE");
    if (memoCache != null) {
      return Path.of(memoCache);
    }
    String userCache = environment.get("XDG_CACHE_HOME");
    Path home = Path.of(System.getProperty("user.home"));
    return (userCache != null ? Path.of(userCache) : home.resolve(".cache")).resolve("memo");
  }
}
