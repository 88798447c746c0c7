package org.memo.layer;

/** What a layer's token-wise segments leave for their backward passes. */
public enum KeptSet {
  /** What could not be had again for a pass over memory: norms and activations are done twice. */
  NEEDED,
  /** As the paper does (section 3.3): the outputs of both norms and of the activation too. */
  EVERYTHING
}
