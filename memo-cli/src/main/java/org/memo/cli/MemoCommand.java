package org.memo.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code memo} without a command: says what there is. */
@Command(
    name = "memo",
    description = "Trains transformer language models on very long sequences.",
    mixinStandardHelpOptions = true,
    versionProvider = MemoVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Sizes: 64K, 1M are tokens (K = 1024); 500MB, 64MiB, 2GiB are bytes.",
      "Exit codes: 0 done, 2 wrong input, 3 does not fit, 4 the environment lacks something,",
      "5 the run failed, 130 and 143 interrupted after a checkpoint.",
      "memo help COMMAND shows a command's options with units and defaults."
    })
final class MemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitCode.DONE;
  }
}
