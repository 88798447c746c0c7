package org.memo.step;

import org.memo.device.DeviceRegion;

/** The whole units of parameters that places of the step compute with. */
interface ParameterUnits {
  /** The whole unit that a place computes with. */
  DeviceRegion of(int place);

  /** The ranks' shares have new values: those of the optimizer, or uploaded ones. */
  void changed();

  void beginMicroBatch();

  void beforeForward(int place);

  void afterForward(int place);

  void beforeBackward(int place);

  void afterBackward(int place);
}
