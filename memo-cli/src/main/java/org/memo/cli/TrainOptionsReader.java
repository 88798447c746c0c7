package org.memo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.memo.UserInputException;
import org.memo.train.TrainOption;
import org.memo.train.TrainOptions;
import org.memo.train.TrainOptionsBuilder;

/**
 * Puts together what a run was told. A flag wins over {@code --config}, and that over the {@code
 * config.yaml} of a resumed run.
 */
final class TrainOptionsReader {
  private final Map<String, List<String>> flags;
  private final Optional<ConfigFile> config;

  /**
   * @param flags the texts given on the command line, by key
   * @param configPath the file of {@code --config}
   */
  TrainOptionsReader(Map<String, List<String>> flags, Optional<Path> configPath) {
    this.flags = flags;
    this.config = configPath.map(ConfigFile::read);
  }

  /**
   * The options.
   *
   * @throws UserInputException naming the option, and the line of the file that it comes from
   */
  TrainOptions read() {
    TrainOptionsBuilder builder = TrainOptions.builder();
    List<ConfigFile> files = new ArrayList<>();
    Optional<Path> resume = resumedFolder();
    resume.ifPresent(folder -> files.add(ConfigFile.read(configOf(folder))));
    config.ifPresent(files::add);
    for (TrainOption option : TrainOption.all().toList()) {
      files.forEach(file -> setFrom(file, option, builder));
      List<String> given = flags.get(option.key());
      if (given != null) {
        option.set(builder, given);
      }
    }
    if (resume.isPresent() && !isGiven("output")) {
      builder.output(resume.get());
    }
    return builder.build();
  }

  private boolean isGiven(String key) {
    return flags.containsKey(key) || config.flatMap(file -> file.entry(key)).isPresent();
  }

  private Optional<Path> resumedFolder() {
    Optional<List<String>> flag = Optional.ofNullable(flags.get("resume"));
    Optional<List<String>> entry =
        config.flatMap(file -> file.entry("resume")).map(ConfigFile.Entry::texts);
    return flag.or(() -> entry).map(texts -> Path.of(texts.getFirst()));
  }

  private static Path configOf(Path runFolder) {
    Path file = runFolder.resolve("config.yaml");
    if (!Files.isRegularFile(file)) {
      throw new UserInputException(
          "--resume is %s, which holds no config.yaml; valid is the folder of an earlier run"
              .formatted(runFolder));
    }
    return file;
  }

  private static void setFrom(ConfigFile file, TrainOption option, TrainOptionsBuilder builder) {
    Optional<ConfigFile.Entry> entry = file.entry(option.key());
    if (entry.isEmpty()) {
      return;
    }
    try {
      option.set(builder, entry.get().texts());
    } catch (UserInputException wrong) {
      throw new UserInputException(
          "%s, line %d: %s".formatted(file.file(), entry.get().line(), wrong.getMessage()), wrong);
    }
  }
}
