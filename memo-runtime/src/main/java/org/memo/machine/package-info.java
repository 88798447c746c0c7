/**
 * The devices of this machine that can train: how each is chosen by name, opened, and described to
 * the planner.
 */
@NullMarked
package org.memo.machine;

import org.jspecify.annotations.NullMarked;
