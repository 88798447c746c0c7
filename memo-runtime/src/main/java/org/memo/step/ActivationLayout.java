package org.memo.step;

import org.memo.layer.KeptSet;

/** How the skeletal activations of swapped layers are laid out in the slab. */
public enum ActivationLayout {
  /**
   * What tiles keep passes through slots the size of a tile; what is computed again is a temporary
   * of a pass, and norms and activations are not kept.
   */
  TILED(KeptSet.NEEDED),
  /**
   * The paper's (section 4.1): two rounding buffers, each of a whole layer's skeletal activations,
   * the part that is computed again included.
   */
  WHOLE_LAYER(KeptSet.EVERYTHING);

  private final KeptSet keptSet;

  ActivationLayout(KeptSet keptSet) {
    this.keptSet = keptSet;
  }

  KeptSet keptSet() {
    return keptSet;
  }
}
