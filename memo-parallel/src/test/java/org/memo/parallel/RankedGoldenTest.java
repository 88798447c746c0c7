package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.memo.machine.DeviceName;
import org.memo.step.ShardLevel;
import org.memo.train.Residency;
import org.memo.train.StepMetrics;
import org.memo.train.TrainListener;
import org.memo.train.TrainOption;
import org.memo.train.TrainOptions;
import org.memo.train.TrainOptionsBuilder;
import org.memo.train.Trainer;

/** Ranks, however they share the work, make the five steps that Hugging Face transformers makes. */
@Timeout(120)
final class RankedGoldenTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final double LOSS_TOLERANCE = 1e-5;

  /** A norm's own rounding noise reaches 1e-6 in these cases. */
  private static final double NORM_TOLERANCE = 1e-4;

  @TempDir private Path folder;

  /**
   * How the ranks share the work.
   *
   * @param groups D: of the case's windows each takes as many
   */
  private record Layout(int sharing, int ring, int groups, ShardLevel shard, double alpha) {}

  private static final List<Layout> LAYOUTS =
      List.of(
          new Layout(2, 1, 1, ShardLevel.PARAMETERS, 0.5),
          new Layout(2, 2, 1, ShardLevel.OPTIMIZER, 1),
          new Layout(3, 3, 1, ShardLevel.GRADIENTS, 0),
          new Layout(4, 2, 1, ShardLevel.NONE, 0.5),
          new Layout(2, 1, 2, ShardLevel.GRADIENTS, 1),
          new Layout(2, 1, 1, ShardLevel.NONE, 0),
          new Layout(4, 2, 1, ShardLevel.PARAMETERS, 0));

  /** Each case with three layouts, each layout with six cases. */
  static Stream<Arguments> cases() throws IOException, URISyntaxException {
    URI golden = Objects.requireNonNull(RankedGoldenTest.class.getResource("/golden")).toURI();
    List<Arguments> cases = new ArrayList<>();
    try (Stream<Path> folders = Files.list(Path.of(golden))) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        for (int i = 0; i < 3; i++) {
          cases.add(Arguments.of(folder, LAYOUTS.get(cases.size() % LAYOUTS.size())));
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void trainingOnSeveralRanksEqualsTransformers(Path golden, Layout layout) throws IOException {
    JsonNode content = new ObjectMapper().readTree(golden.resolve("case.json").toFile());
    int windows = content.get("options").get("batch-size").asInt();
    int groups = windows % layout.groups() == 0 ? layout.groups() : 1;
    TrainOptionsBuilder options =
        TrainOptions.builder()
            .model(golden.resolve("checkpoint").toString())
            .data(golden.resolve("data.bin").toString())
            .device(DeviceName.HOST)
            .output(folder.resolve("run"));
    content
        .get("options")
        .properties()
        .forEach(option -> set(options, option.getKey(), option.getValue()));
    options
        .batchSize(windows / groups)
        .sequenceParallel(layout.sharing())
        .ring(OptionalInt.of(layout.ring()))
        .shard(layout.shard())
        .alpha(OptionalDouble.of(layout.alpha()))
        .residency(Residency.NONE);

    List<StepMetrics> steps = train(layout.sharing() * groups, options.build());

    JsonNode losses = content.get("expected").get("loss");
    JsonNode norms = content.get("expected").get("grad_norm");
    assertEquals(losses.size(), steps.size());
    for (int i = 0; i < losses.size(); i++) {
      assertClose(losses.get(i).doubleValue(), steps.get(i).loss(), LOSS_TOLERANCE);
      assertClose(norms.get(i).doubleValue(), steps.get(i).gradNorm(), NORM_TOLERANCE);
    }
  }

  private static void set(TrainOptionsBuilder builder, String key, JsonNode value) {
    TrainOption.all()
        .filter(option -> option.key().equals(key))
        .forEach(option -> option.set(builder, List.of(value.asText())));
  }

  private static List<StepMetrics> train(int ranks, TrainOptions options) {
    Steps steps = new Steps(new ArrayList<>());
    InProcessRanks.run(
        ranks,
        TIMEOUT,
        collectives -> {
          try (Trainer trainer = Trainer.open(options, steps, collectives)) {
            trainer.run();
          }
        });
    return steps.made();
  }

  private static void assertClose(double expected, double given, double relativeTolerance) {
    assertEquals(expected, given, relativeTolerance * Math.abs(expected));
  }

  /** Told by rank 0 alone. */
  private record Steps(List<StepMetrics> made) implements TrainListener {
    @Override
    public void step(StepMetrics metrics) {
      made.add(metrics);
    }
  }
}
