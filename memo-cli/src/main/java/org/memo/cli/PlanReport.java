package org.memo.cli;

import java.util.List;
import java.util.Optional;
import org.memo.plan.PlanAnswer;

/**
 * Everything that {@code memo plan} says.
 *
 * @param job of the layout that was chosen
 * @param tried all layouts of the GPUs that it was chosen from
 * @param planSeconds wall time from the options to the answer
 * @param longestSequence where asked for
 * @param others the answers of the other strategies, where asked for
 */
record PlanReport(
    PlanJob job,
    PlanAnswer answer,
    List<LayoutAnswer> tried,
    double planSeconds,
    Optional<LongestSequence> longestSequence,
    List<PlanAnswer> others) {}
