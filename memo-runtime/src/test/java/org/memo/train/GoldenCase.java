package org.memo.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.memo.machine.TestDevice;

/** A folder of {@code golden}, whose README says what it holds. */
record GoldenCase(Path folder, JsonNode content) {

  static List<GoldenCase> all() {
    try {
      URL golden = Objects.requireNonNull(GoldenCase.class.getResource("/golden"));
      try (Stream<Path> folders = Files.list(Path.of(golden.toURI()))) {
        return folders.filter(Files::isDirectory).sorted().map(GoldenCase::read).toList();
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static GoldenCase read(Path folder) {
    try {
      JsonNode content = new ObjectMapper().readTree(folder.resolve("case.json").toFile());
      return new GoldenCase(folder, content);
    } catch (IOException e) {
      throw new IllegalStateException("no golden case: " + folder, e);
    }
  }

  /** The case's options, model and data; the run goes to {@code output}. */
  TrainOptionsBuilder options(Path output) {
    TrainOptionsBuilder builder =
        TrainOptions.builder()
            .model(folder.resolve("checkpoint").toString())
            .data(folder.resolve("data.bin").toString())
            .device(TestDevice.name())
            .output(output);
    content.get("options").properties().forEach(o -> set(builder, o.getKey(), o.getValue()));
    return builder;
  }

  private static void set(TrainOptionsBuilder builder, String key, JsonNode value) {
    TrainOption.all()
        .filter(option -> option.key().equals(key))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("there is no option --" + key))
        .set(builder, List.of(value.asText()));
  }

  /** What transformers got in each step: loss, grad_norm or lr. */
  double[] expected(String name) {
    JsonNode values = content.get("expected").get(name);
    return StreamSupport.stream(values.spliterator(), false)
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }

  Path finalWeights() {
    return folder.resolve("final.safetensors");
  }

  @Override
  public String toString() {
    return folder.getFileName().toString();
  }
}
