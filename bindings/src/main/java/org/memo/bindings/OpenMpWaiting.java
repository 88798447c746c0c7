package org.memo.bindings;

import java.util.Map;

/**
 * How long OpenMP threads spin before they sleep. By default they spin for milliseconds, which
 * costs a multiple of the work as soon as anything else wants a core: a copy stream, another
 * process. Sleeping at once costs about 60 microseconds in each parallel region.
 *
 * <p>Measured on two cores, milliseconds of one layer of llama-25m with 25 parallel regions at 1024
 * tokens, alone and beside a busy process: default 9.1 and 48 to 310; GOMP_SPINCOUNT=1000 9.2 and
 * 17 to 24; 10000 9.1 and 33; passive 11 and 18.
 */
final class OpenMpWaiting {
  private static final String VARIABLE = "GOMP_SPINCOUNT";
  private static final String SPIN_COUNT = "1000";

  private OpenMpWaiting() {}

  /**
   * Sets the variable of this process, unless the user chose; works only before OpenMP is loaded.
   */
  static void setUnlessChosen() {
    if (isChosen(System.getenv())) {
      return;
    }
    ProcessEnvironment.set(VARIABLE, SPIN_COUNT);
  }

  static boolean isChosen(Map<String, String> environment) {
    return environment.containsKey(VARIABLE) || environment.containsKey("OMP_WAIT_POLICY");
  }
}
