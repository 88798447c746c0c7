package org.memo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.memo.UserInputException;

/**
 * The open safetensors files of a folder: {@code model.safetensors}, or the shards that {@code
 * model.safetensors.index.json} lists.
 */
final class WeightFiles implements AutoCloseable {
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";

  /** A tensor and the file that holds it. */
  record Located(SafetensorsFile file, StoredTensor tensor) {}

  private final List<SafetensorsFile> files = new ArrayList<>();
  private final Map<String, Located> tensors = new LinkedHashMap<>();

  private WeightFiles() {}

  static WeightFiles open(Path folder) {
    WeightFiles weights = new WeightFiles();
    try {
      if (Files.exists(folder.resolve(SINGLE))) {
        weights.add(folder.resolve(SINGLE));
      } else if (Files.exists(folder.resolve(INDEX))) {
        weights.addShards(folder);
      } else {
        throw new UserInputException(
            "%s has neither %s nor %s: other formats are not read."
                .formatted(folder, SINGLE, INDEX));
      }
      return weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  Map<String, Located> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** The paths of all files, in the order of their names. */
  List<Path> paths() {
    return files.stream().map(SafetensorsFile::file).sorted().toList();
  }

  private SafetensorsFile add(Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    files.add(file);
    file.tensors().forEach((name, tensor) -> tensors.put(name, new Located(file, tensor)));
    return file;
  }

  private void addShards(Path folder) {
    Path index = folder.resolve(INDEX);
    Map<String, String> shardOfTensor = readIndex(index);
    for (String shard : new TreeSet<>(shardOfTensor.values())) {
      Path path = folder.resolve(shard);
      if (!Files.isRegularFile(path)) {
        throw new UserInputException(
            "%s names the shard %s, which is missing.".formatted(index, shard));
      }
      requireListed(add(path), shard, shardOfTensor, index);
    }
    shardOfTensor.forEach((name, shard) -> {
      if (!tensors.containsKey(name)) {
        throw new UserInputException(
            "%s says that tensor %s is in %s, but it is not.".formatted(index, name, shard));
      }
    });
  }

  private static void requireListed(
      SafetensorsFile file, String shard, Map<String, String> shardOfTensor, Path index) {
    for (String name : file.tensors().keySet()) {
      if (!shard.equals(shardOfTensor.get(name))) {
        throw new UserInputException(
            "%s holds tensor %s, but %s says that it is in %s."
                .formatted(
                    file.file(), name, index, shardOfTensor.getOrDefault(name, "no file at all")));
      }
    }
  }

  private static Map<String, String> readIndex(Path index) {
    JsonNode map = JsonFile.readObject(index).get("weight_map");
    if (!(map instanceof ObjectNode object) || object.isEmpty()) {
      throw new UserInputException("%s has no weight_map.".formatted(index));
    }
    Map<String, String> shardOfTensor = new LinkedHashMap<>();
    object
        .properties()
        .forEach(entry -> {
          requirePlainName(index, entry.getValue());
          shardOfTensor.put(entry.getKey(), entry.getValue().textValue());
        });
    return shardOfTensor;
  }

  /** A shard lies in the folder itself: an index must not make us read files elsewhere. */
  private static void requirePlainName(Path index, JsonNode shard) {
    String name = shard.isTextual() ? shard.textValue() : "";
    boolean plain =
        name.endsWith(".safetensors")
            && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    if (!plain) {
      throw new UserInputException(
          "%s names the shard %s, but only a .safetensors file in the same folder is valid."
              .formatted(index, shard));
    }
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
