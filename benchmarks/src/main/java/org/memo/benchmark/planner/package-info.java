/** How well and how fast the planner solves storage allocation problems from files. */
@NullMarked
package org.memo.benchmark.planner;

import org.jspecify.annotations.NullMarked;
