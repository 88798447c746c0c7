package org.memo.step;

import org.memo.device.DeviceRegion;

/** The whole units of gradients that places of the step add to. */
interface GradientUnits {
  /** The whole unit's gradients that a place adds to, f32. */
  DeviceRegion of(int place);

  void beginStep();

  void beforeBackward(int place);

  void afterBackward(int place);

  /** The computation waits until the ranks' shares hold the step's gradients. */
  void finish();
}
