package org.memo.cli;

import java.util.List;
import java.util.OptionalLong;
import org.memo.plan.PlanAnswer;

/**
 * Everything that {@code memo plan} says.
 *
 * @param planSeconds wall time from the options to the answer
 * @param longestSequence tokens; empty where not asked for, or where nothing fits
 * @param others the answers of the other strategies, where asked for
 */
record PlanReport(
    PlanJob job,
    PlanAnswer answer,
    double planSeconds,
    OptionalLong longestSequence,
    boolean askedForLongest,
    List<PlanAnswer> others) {}
