/**
 * From a model, a batch and the limits of a machine to a step's layout and its addresses: which
 * layers stay, which fraction of the tokens is swapped, how large a tile is, where everything
 * lives.
 */
@NullMarked
package org.memo.plan;

import org.jspecify.annotations.NullMarked;
