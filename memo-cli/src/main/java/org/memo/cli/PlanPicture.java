package org.memo.cli;

import org.memo.device.simulated.TimedOperation;
import org.memo.planner.report.PlanHtml;

/** Gathers what the picture of a plan shows while the step is simulated. */
final class PlanPicture {

  void add(TimedOperation operation) {}

  String page(PlanReport report) {
    return PlanHtml.format(report.answer().plan().orElseThrow().memory());
  }
}
