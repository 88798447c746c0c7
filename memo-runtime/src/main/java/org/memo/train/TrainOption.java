package org.memo.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.memo.UserInputException;

/**
 * One option of {@code memo train} as text. The groups are the one list behind the flags, the keys
 * of a config file, {@code memo help train} and {@code config.yaml}.
 *
 * @param key the name, on the command line behind {@code --}
 * @param arity how many texts the option takes
 * @param valueLabel what stands for the value in help
 * @param defaultText the value without the option, as it would be given; "" where there is none
 * @param description one sentence, with the unit
 * @param setter puts the text into a builder
 * @param getter the value to write into {@code config.yaml}: a number, a boolean, a string or a
 *     list of strings; empty where the key is left out
 */
public record TrainOption(
    String key,
    Arity arity,
    String valueLabel,
    String defaultText,
    String description,
    BiConsumer<TrainOptionsBuilder, OptionText> setter,
    Function<TrainOptions, Optional<?>> getter) {

  /** How many texts an option takes. */
  public enum Arity {
    /** None on the command line; true or false in a file. */
    FLAG,
    /** One. */
    ONE,
    /** One or more. */
    LIST
  }

  /** Options that belong together, under a heading for help. */
  public record Group(String heading, List<TrainOption> options) {}

  /** All options, in the order of help and of {@code config.yaml}. */
  public static List<Group> groups() {
    return List.of(
        DataOptionTable.GROUP,
        OptimizerOptionTable.GROUP,
        MemoryOptionTable.GROUP,
        RankOptionTable.GROUP,
        RunOptionTable.GROUP);
  }

  /** All options of all groups. */
  public static Stream<TrainOption> all() {
    return groups().stream().flatMap(group -> group.options().stream());
  }

  /**
   * Reads the texts given for this option into the builder.
   *
   * @throws UserInputException when they cannot be read as what the option needs
   */
  public void set(TrainOptionsBuilder builder, List<String> texts) {
    if (texts.isEmpty() || (texts.size() > 1 && arity != Arity.LIST)) {
      throw new UserInputException(
          "--%s takes one value, but was given %d: %s".formatted(key, texts.size(), texts));
    }
    setter.accept(builder, new OptionText(key, texts));
  }

  static TrainOption of(
      String key,
      String valueLabel,
      String defaultText,
      String description,
      BiConsumer<TrainOptionsBuilder, OptionText> setter,
      Function<TrainOptions, Object> getter) {
    return new TrainOption(
        key,
        Arity.ONE,
        valueLabel,
        defaultText,
        description,
        setter,
        options -> Optional.of(getter.apply(options)));
  }

  /** The path of an existing file made absolute, so that a written config holds in any folder. */
  static String absoluteWhereItExists(String nameOrPath) {
    Path path = Path.of(nameOrPath);
    return Files.exists(path) ? absolute(path) : nameOrPath;
  }

  static String absolute(Path path) {
    return path.toAbsolutePath().normalize().toString();
  }
}
