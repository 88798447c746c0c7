/** Plans as pages for people: one file each, which needs no network. */
@NullMarked
package org.memo.planner.report;

import org.jspecify.annotations.NullMarked;
