/**
 * The bi-level plan of a training step (MEMO, section 4.2): every kind of layer pass is solved once
 * (level 1), then the whole step with each pass as one block (level 2).
 *
 * <p>Of a {@link org.memo.planner.allocation.bilevel.PassWindow pass} three sorts of tensors are
 * told apart. <em>Inner</em> ones are born and freed in it. <em>Border</em> tensors are handed from
 * one pass to the next one in time; <em>kept</em> ones (skeletal activations, weights) live on for
 * longer and are placed one by one at level 2. A solid block with its borders beside it would lose
 * up to 20 %, so borders are part of the block: what comes in at the bottom goes out at the top,
 * and every second pass stands on its head.
 *
 * <pre>
 *   offset
 *     |  +--------+--------+--------+      The passes of a chain share their addresses: what one
 *     |  |   |out =  in|   |   |out |      hands out at the top comes in at the top of the next,
 *     |  |   +----+----+   |   +----+      which is the same plan upside down.
 *     |  |  inner |  inner |  inner |
 *     |  +----+   |   +----+----+   |
 *     |  | in |   |   |out =  in|   |
 *     +--+--------+--------+--------+--&gt;
 *                                 time
 * </pre>
 */
@NullMarked
package org.memo.planner.allocation.bilevel;

import org.jspecify.annotations.NullMarked;
