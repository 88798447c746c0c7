package org.memo.memory;

import org.memo.device.DeviceRegion;

/**
 * An activation that is computed again in memory which it shares, in turn, with others of its pass.
 *
 * @param workspace begun and ended by the pass
 */
public record WorkspaceStore(RecomputedStore workspace) implements ActivationStore {
  @Override
  public DeviceRegion region() {
    return workspace.region();
  }

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
    return Restored.NOTHING;
  }

  @Override
  public void endBackward() {}
}
