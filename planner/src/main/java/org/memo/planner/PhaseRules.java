package org.memo.planner;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.memo.planner.trace.RequestTrace;

/**
 * What makes a plan repeatable: sections follow each other in time, a phase keeps nothing, and what
 * the setup keeps it keeps for good.
 */
final class PhaseRules {

  private PhaseRules() {}

  /** Throws {@link IllegalArgumentException} naming the section and tensor that break a rule. */
  static void require(List<PlannedSection> sections) {
    Set<String> names = new HashSet<>();
    long endOfTime = endOfTime(sections);
    long sectionEnd = endOfTime;
    for (PlannedSection section : sections.reversed()) {
      if (!names.add(section.name())) {
        throw new IllegalArgumentException("there are two sections " + section.name());
      }
      if (isSetup(section) && !isSetup(sections.getFirst())) {
        throw new IllegalArgumentException("section " + section.name() + " is not the first");
      }
      sectionEnd = requireWithin(section, sectionEnd, endOfTime);
    }
  }

  /** Returns when the section's first tensor is allocated: the section before must end by then. */
  private static long requireWithin(PlannedSection section, long sectionEnd, long endOfTime) {
    long nextBirth = sectionEnd;
    for (PlannedTensor tensor : section.tensors().reversed()) {
      boolean kept = isSetup(section) && tensor.upper() == endOfTime;
      if (tensor.upper() > sectionEnd && !kept) {
        throw new IllegalArgumentException(
            "tensor %s of section %s is alive until %d, but its section ends by %d"
                .formatted(tensor.name(), section.name(), tensor.upper(), sectionEnd));
      }
      if (tensor.lower() >= nextBirth) {
        throw new IllegalArgumentException(
            "tensor %s of section %s is allocated at %d, not before what follows it at %d"
                .formatted(tensor.name(), section.name(), tensor.lower(), nextBirth));
      }
      nextBirth = tensor.lower();
    }
    return nextBirth;
  }

  private static boolean isSetup(PlannedSection section) {
    return section.name().equals(RequestTrace.SETUP);
  }

  private static long endOfTime(List<PlannedSection> sections) {
    return sections.stream()
        .flatMap(section -> section.tensors().stream())
        .mapToLong(PlannedTensor::upper)
        .max()
        .orElse(0);
  }
}
