package org.memo.parallel.launch;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.memo.UserInputException;

/** Slurm's short forms of lists. */
final class SlurmLists {
  /** "4" or "4(x2)": tasks, and on how many nodes. */
  private static final Pattern TASKS = Pattern.compile("(\\d{1,9})(?:\\(x(\\d{1,9})\\))?");

  /** A host's name, up to a comma outside of brackets. */
  private static final Pattern FIRST =
      Pattern.compile("((?:[^,\\[\\]]|\\[\\d[^\\[\\]]*\\])+)(?:,.*)?");

  /** "[01-04,7]": its first number. */
  private static final Pattern RANGE = Pattern.compile("\\[(\\d+)[^\\]]*\\]");

  private SlurmLists() {}

  /** The first host of a list such as {@code gpu[01-04,7],x}: {@code gpu01}. */
  static String firstHost(String nodes) {
    Matcher first = FIRST.matcher(nodes);
    if (first.matches()) {
      return RANGE.matcher(first.group(1)).replaceAll("$1");
    }
    throw UserInputException.ofOption("Slurm's list of nodes", nodes, "such as gpu[01-04,7],login");
  }

  /** The tasks of a node, from 0, in a list such as {@code 4(x2),3}. */
  static int tasksOfNode(String tasksPerNode, int node) {
    long nodes = 0;
    for (String part : tasksPerNode.split(",", -1)) {
      Matcher tasks = TASKS.matcher(part.strip());
      if (!tasks.matches()) {
        throw UserInputException.ofOption("SLURM_TASKS_PER_NODE", tasksPerNode, "such as 4(x2),3");
      }
      nodes += tasks.group(2) == null ? 1 : Integer.parseInt(tasks.group(2));
      if (node < nodes) {
        return Integer.parseInt(tasks.group(1));
      }
    }
    throw new UserInputException(
        "SLURM_TASKS_PER_NODE %s has no node %d, which SLURM_NODEID says that this one is"
            .formatted(tasksPerNode, node));
  }
}
