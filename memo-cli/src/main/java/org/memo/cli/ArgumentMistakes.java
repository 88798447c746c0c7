package org.memo.cli;

import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says in one sentence what is wrong with the arguments. */
final class ArgumentMistakes {
  private ArgumentMistakes() {}

  static String describe(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    String seeHelp = "; see " + command.getCommandSpec().qualifiedName() + " --help";
    if (wrong instanceof UnmatchedArgumentException unmatched) {
      return describe(unmatched.getUnmatched(), command) + seeHelp;
    }
    return wrong.getMessage() + seeHelp;
  }

  private static String describe(List<String> unmatched, CommandLine command) {
    String given = unmatched.getFirst();
    if (given.startsWith("-")) {
      String name = given.split("=", 2)[0];
      return "no option " + name + didYouMean(name, command.getCommandSpec().optionsMap().keySet());
    }
    Set<String> commands = command.getSubcommands().keySet();
    return commands.isEmpty()
        ? "'" + given + "' belongs to no option"
        : "no command '" + given + "'" + didYouMean(given, commands);
  }

  private static String didYouMean(String given, Set<String> valid) {
    return NearestName.of(given, valid).map(name -> "; did you mean " + name + "?").orElse("");
  }
}
