/**
 * Storage allocation by Google OR-Tools: {@link CliqueModel} and {@link CliqueMinimiser} are CP-SAT
 * with one no-overlap constraint per maximal set of buffers alive together, {@link BigMSolver} is
 * the MIP of the MEMO paper on SCIP; {@link ResidencyMip} decides what moves. The natives are
 * unpacked and loaded by {@link OrToolsNatives} when the first of them is used; where they cannot
 * be, the others of the planner do without.
 */
@NullMarked
package org.memo.planner.ortools;

import org.jspecify.annotations.NullMarked;
