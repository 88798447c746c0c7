package org.memo.train;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.memo.data.DataOrder;
import org.memo.data.JavaSources;
import org.memo.data.TokenType;

/**
 * What to train on.
 *
 * @param sources the token files in order, or only {@link JavaSources#NAME}
 * @param type how the files store tokens
 * @param order the order of the windows within an epoch
 */
public record DataOptions(List<String> sources, TokenType type, DataOrder order) {
  public DataOptions {
    sources = List.copyOf(sources);
    OptionText.require(
        !sources.isEmpty() && sources.stream().noneMatch(String::isBlank),
        "data",
        sources.isEmpty() ? "not given" : sources,
        "one or more token files, or " + JavaSources.NAME);
    boolean builtIn = sources.contains(JavaSources.NAME);
    OptionText.require(
        !builtIn || sources.size() == 1,
        "data",
        sources,
        JavaSources.NAME + " alone, or files alone");
    OptionText.require(
        !builtIn || type == TokenType.BYTES,
        "data-type",
        OptionText.nameOf(type),
        "bytes where --data is " + JavaSources.NAME);
  }

  /**
   * The token files; writes the built-in text first, where that is the data.
   *
   * @param say is told which text was taken
   */
  public List<Path> files(Consumer<String> say) {
    return sources.contains(JavaSources.NAME)
        ? List.of(JavaSources.materialise(say))
        : sources.stream().map(Path::of).toList();
  }
}
