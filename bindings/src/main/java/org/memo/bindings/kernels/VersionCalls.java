package org.memo.bindings.kernels;

import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import org.memo.bindings.NativeLibraries;
import org.memo.bindings.kernels.generated.MemoKernels;

/**
 * The version of the kernels' library by each kind of downcall and with nothing around it: to
 * measure what a kind costs. The critical kind is fit for this function, which returns a constant.
 */
public final class VersionCalls {
  static {
    NativeLibraries.load();
  }

  private static final MethodHandle CRITICAL =
      Linker.nativeLinker()
          .downcallHandle(
              MemoKernels.memo_version$address(),
              MemoKernels.memo_version$descriptor(),
              Linker.Option.critical(false));

  private VersionCalls() {}

  public static int plain() {
    return MemoKernels.memo_version();
  }

  public static int critical() {
    try {
      return (int) CRITICAL.invokeExact();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall declares no exception", e);
    }
  }
}
