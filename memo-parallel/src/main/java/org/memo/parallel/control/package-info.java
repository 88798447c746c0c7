/**
 * The ranks of a run over several processes as a group: how they meet at rank 0, exchange small
 * messages, and learn together which of them is lost. No tensor travels here.
 */
@NullMarked
package org.memo.parallel.control;

import org.jspecify.annotations.NullMarked;
