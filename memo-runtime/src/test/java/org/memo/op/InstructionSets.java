package org.memo.op;

import java.util.List;
import java.util.stream.Stream;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.kernels.Kernels;

/** The instruction sets of the host's kernels. */
final class InstructionSets {
  private InstructionSets() {}

  /** The names of those that this machine's processor has. */
  static List<String> ofThisMachine() {
    return Stream.of("portable", "avx2", "avx512").filter(InstructionSets::isThere).toList();
  }

  private static boolean isThere(String name) {
    String before = Kernels.isa();
    try {
      Kernels.useIsa(name);
      return true;
    } catch (NativeCallException e) {
      return false;
    } finally {
      Kernels.useIsa(before);
    }
  }
}
