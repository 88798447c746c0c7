package org.memo.bindings;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * The environment variables that native libraries see. Java's own view of them was taken when the
 * process began.
 */
public final class ProcessEnvironment {
  private ProcessEnvironment() {}

  /** Sets a variable where the process was not started with one of that name. */
  public static void setUnlessChosen(String name, String value) {
    if (!System.getenv().containsKey(name)) {
      set(name, value);
    }
  }

  /** Sets a variable of this process. */
  public static void set(String name, String value) {
    Linker linker = Linker.nativeLinker();
    // int setenv(const char *name, const char *value, int overwrite)
    MethodHandle setenv =
        linker.downcallHandle(
            linker.defaultLookup().find("setenv").orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      int status = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
      if (status != 0) {
        throw NativeCallException.of("setenv", status, "error", "", "name", name);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("setenv", e);
    }
  }
}
