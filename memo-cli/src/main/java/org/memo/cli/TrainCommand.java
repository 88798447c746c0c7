package org.memo.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.memo.UserInputException;
import org.memo.parallel.control.Secret;
import org.memo.parallel.launch.Launch;
import org.memo.parallel.training.Training;
import org.memo.train.TrainListener;
import org.memo.train.TrainOption;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code memo train}; its options are those of {@link TrainOption} and {@code --config}. */
final class TrainCommand implements Callable<Integer> {
  /** Opens a run that no launcher has started. */
  interface Opener {
    /** As {@link Training#open(TrainOptions, TrainListener, Consumer)}. */
    Training open(TrainOptions options, TrainListener listener, Consumer<Throwable> whenStuck);
  }

  static final String NAME = "train";
  private static final String CONFIG = "--config";

  private final Opener opener;
  private final Map<String, String> environment;
  private String voice = Main.VOICE;
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

  /**
   * @param opener of runs that no launcher started
   * @param environment in which a launcher says what this process is
   */
  TrainCommand(Opener opener, Map<String, String> environment) {
    this.opener = opener;
    this.environment = environment;
    spec.name(NAME).addOption(helpOption());
    spec.usageMessage()
        .description("Trains a model, from a Hugging Face folder or from scratch.")
        .customSynopsis(
            "memo train --model NAME|FOLDER --data FILE... --output FOLDER [OPTIONS]",
            "memo train --config FILE [OPTIONS]",
            "memo train --resume FOLDER [OPTIONS]")
        .sortOptions(false)
        .footer(
            "",
            "Each option has a config key of the same name. A flag wins over --config, which wins"
                + " over the config.yaml of a resumed run.");
    spec.addOption(
        OptionSpec.builder(CONFIG)
            .type(Path.class)
            .paramLabel("FILE")
            .description("YAML file of options, a line 'key: value' each.")
            .build());
    TrainOption.groups().forEach(group -> spec.addArgGroup(groupSpec(group)));
  }

  CommandSpec spec() {
    return spec;
  }

  private static OptionSpec helpOption() {
    return OptionSpec.builder("-h", "--help")
        .usageHelp(true)
        .description("Shows this help.")
        .build();
  }

  private static ArgGroupSpec groupSpec(TrainOption.Group group) {
    ArgGroupSpec.Builder groupSpec =
        ArgGroupSpec.builder()
            .validate(false)
            .exclusive(false)
            .heading("%n" + group.heading() + ":%n");
    group.options().forEach(option -> groupSpec.addArg(optionSpec(option)));
    return groupSpec.build();
  }

  private static OptionSpec optionSpec(TrainOption option) {
    OptionSpec.Builder flag =
        OptionSpec.builder("--" + option.key()).paramLabel(option.valueLabel());
    String defaultText = option.defaultText();
    flag.description(
        option.description() + (defaultText.isEmpty() ? "" : " Default: " + defaultText + "."));
    return switch (option.arity()) {
      case FLAG -> flag.type(String.class).arity("0..1").fallbackValue("true").build();
      case ONE -> flag.type(String.class).arity("1").build();
      case LIST -> flag.type(List.class).auxiliaryTypes(String.class).arity("1..*").build();
    };
  }

  @Override
  public Integer call() {
    Optional<Launch> launch = Launch.ofEnvironment(environment);
    launch.ifPresent(found -> voice = Main.VOICE + ": rank " + found.rank());
    TrainOptions options = readOptions(launch);
    try (TrainProgress progress = progress(launch, options);
        Training training = open(launch, options, progress);
        StopSignals signals = StopSignals.install(training::requestStop, progress::message)) {
      TrainSummary summary = training.run();
      progress.finished(summary);
      return summary.stoppedEarly()
          ? training.largest("the signal that stopped the run", signals.exitCode())
          : ExitCode.DONE;
    }
  }

  /** How this process begins what it says on standard error. */
  String voice() {
    return voice;
  }

  /**
   * Tells the other ranks, if there are any, what is wrong with this one's arguments.
   *
   * @return its voice
   */
  String tellOthers(String mistake) {
    try {
      Launch.ofEnvironment(environment)
          .ifPresent(found -> {
            voice = Main.VOICE + ": rank " + found.rank();
            decline(found, new UserInputException(mistake));
          });
    } catch (UserInputException wrongEnvironment) {
      // one mistake is told at a time
    }
    return voice;
  }

  private TrainOptions readOptions(Optional<Launch> launch) {
    Optional<Path> config = Optional.ofNullable(spec.findOption(CONFIG).getValue());
    try {
      return new TrainOptionsReader(givenFlags(), config).read();
    } catch (RuntimeException e) {
      launch.ifPresent(found -> decline(found, e));
      throw e;
    }
  }

  private void decline(Launch launch, RuntimeException failure) {
    try {
      Training.decline(launch, Secret.ofEnvironment(environment), failure);
    } catch (UserInputException wrongSecret) {
      failure.addSuppressed(wrongSecret); // one mistake is told at a time
    }
  }

  /** Of several processes rank 0 alone speaks. */
  private TrainProgress progress(Optional<Launch> launch, TrainOptions options) {
    return launch.map(Launch::rank).orElse(0) == 0
        ? TrainProgress.on(spec.commandLine().getOut(), options.batch().steps())
        : TrainProgress.silent();
  }

  private Training open(Optional<Launch> launch, TrainOptions options, TrainProgress progress) {
    LastResort lastResort = new LastResort(spec.commandLine().getErr(), voice);
    return launch.isPresent()
        ? Training.open(
            launch.get(), Secret.ofEnvironment(environment), options, progress, lastResort::end)
        : opener.open(options, progress, lastResort::end);
  }

  private Map<String, List<String>> givenFlags() {
    Map<String, List<String>> flags = new LinkedHashMap<>();
    TrainOption.all()
        .forEach(option -> givenTexts(option).ifPresent(texts -> flags.put(option.key(), texts)));
    return flags;
  }

  private Optional<List<String>> givenTexts(TrainOption option) {
    Object value = spec.findOption(option.key()).getValue();
    if (value == null) {
      return Optional.empty();
    }
    return Optional.of(
        value instanceof List<?> list
            ? list.stream().map(String::valueOf).toList()
            : List.of(String.valueOf(value)));
  }
}
