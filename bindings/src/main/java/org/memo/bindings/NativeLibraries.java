package org.memo.bindings;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memo's native libraries, loaded once a process: our kernels, oneDNN for matrix products, and one
 * OpenMP runtime that both share.
 *
 * <p>Each is taken from the folder named by the system property or the environment variable {@code
 * MEMO_NATIVE_DIR} where that holds it, else from the class path. What lies in a jar is unpacked
 * once into {@code MEMO_CACHE} (default: {@code $XDG_CACHE_HOME/memo}, else {@code ~/.cache/memo};
 * a temporary folder where that cannot be written).
 */
public final class NativeLibraries {
  private static NativeLoader.@Nullable Loaded loaded;

  private NativeLibraries() {}

  /**
   * Loads all libraries; does nothing when they are loaded. Call it before anything else of the
   * bindings, so that a missing library is answered as such and not as a failed class.
   *
   * @throws MissingLibraryException where one is missing, cannot be loaded or has another version
   */
  public static void load() {
    loaded();
  }

  /** What was loaded from where, in the order of loading. Loads first where that was not done. */
  public static List<LibraryReport> report() {
    return loaded().report();
  }

  /**
   * The address of a function; for the generated bindings.
   *
   * @param library "kernels" or "onednn"
   */
  public static MemorySegment symbol(String library, String name) {
    SymbolLookup lookup = loaded().lookups().get(library);
    if (lookup == null) {
      throw new IllegalArgumentException("no native library is called " + library);
    }
    return lookup
        .find(name)
        .orElseThrow(() ->
            new MissingLibraryException(
                "the native library %s has no function %s: it is of another version"
                    .formatted(library, name)));
  }

  private static synchronized NativeLoader.Loaded loaded() {
    NativeLoader.Loaded result = loaded;
    if (result == null) {
      result = new NativeLoader(NativeFinder.ofEnvironment()).load();
      loaded = result;
    }
    return result;
  }
}
