package org.memo.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.memo.UserInputException;
import org.memo.train.TrainOption;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A config file: a flat YAML mapping with the keys of {@link TrainOption}. Values stay as written,
 * so that a file and a flag are read by the same code.
 */
final class ConfigFile {
  /** The texts of a key, and the line where they stand, counted from 1. */
  record Entry(List<String> texts, int line) {}

  private final Path file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private ConfigFile(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws UserInputException when it cannot be read, is no such mapping or holds another key
   */
  static ConfigFile read(Path file) {
    ConfigFile config = new ConfigFile(file);
    Optional<Node> root = config.parse();
    if (root.isEmpty()) {
      return config;
    }
    if (!(root.get() instanceof MappingNode mapping)) {
      throw config.wrong(root.get(), "valid is a line 'key: value' for each option");
    }
    mapping.getValue().forEach(config::add);
    return config;
  }

  Path file() {
    return file;
  }

  Optional<Entry> entry(String key) {
    return Optional.ofNullable(entries.get(key));
  }

  private Optional<Node> parse() {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).build();
      return new Compose(settings).composeString(text);
    } catch (IOException unreadable) {
      String reason = Files.exists(file) ? "cannot be read: " + unreadable : "does not exist";
      throw new UserInputException("--config is %s, which %s".formatted(file, reason));
    } catch (MarkedYamlEngineException malformed) {
      int line = malformed.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new UserInputException("%s, line %d: %s".formatted(file, line, malformed.getProblem()));
    } catch (StackOverflowError nested) {
      throw new UserInputException(file + " is nested too deep; valid is a flat list of options");
    } catch (YamlEngineException malformed) {
      throw new UserInputException("%s: %s".formatted(file, malformed.getMessage()));
    }
  }

  private void add(NodeTuple tuple) {
    Node keyNode = tuple.getKeyNode();
    String key = keyNode instanceof ScalarNode scalar ? scalar.getValue() : "";
    List<String> known = TrainOption.all().map(TrainOption::key).toList();
    if (!known.contains(key)) {
      String nearest =
          NearestName.of(key, known)
              .map(name -> "did you mean " + name + "?")
              .orElse("memo help train lists them");
      throw wrong(keyNode, "no option is called '%s'; %s".formatted(key, nearest));
    }
    Entry entry = new Entry(texts(key, tuple.getValueNode()), line(keyNode));
    if (entries.put(key, entry) != null) {
      throw wrong(keyNode, key + " is given twice; valid is once");
    }
  }

  private List<String> texts(String key, Node value) {
    return switch (value) {
      case ScalarNode scalar -> List.of(scalar.getValue());
      case SequenceNode sequence ->
          sequence.getValue().stream().map(item -> listed(key, item)).toList();
      default -> throw wrong(value, key + " holds a mapping; valid is a value");
    };
  }

  private String listed(String key, Node item) {
    if (item instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw wrong(item, key + " holds a list in a list; valid is a list of values");
  }

  private UserInputException wrong(Node node, String problem) {
    return new UserInputException("%s, line %d: %s".formatted(file, line(node), problem));
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
