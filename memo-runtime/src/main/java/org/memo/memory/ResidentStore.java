package org.memo.memory;

import org.memo.device.DeviceRegion;

/** An activation that stays in the slab, in memory of its own. */
public record ResidentStore(DeviceRegion region) implements ActivationStore {
  @Override
  public void beginForward() {}

  @Override
  public void written() {}

  @Override
  public void endForward() {}

  @Override
  public void beginBackward() {}

  @Override
  public Restored restored() {
    return Restored.ALL;
  }

  @Override
  public void endBackward() {}
}
