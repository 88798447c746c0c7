package org.memo.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.memo.collective.CollectiveLog;
import org.memo.machine.DeviceName;
import org.memo.machine.LocalDevice;
import org.memo.model.ParameterLayout;
import org.memo.plan.StepPlan;
import org.memo.step.StepSettings;

/** What a rank shows the others before the first collective, in lines of text for each kind. */
final class RankProof {
  private RankProof() {}

  /**
   * What was given: configuration, versions, model, data.
   *
   * @param options as the user gave them: what each machine resolves may differ
   */
  static Map<String, String> ofInput(TrainOptions options, RunInput input) {
    if (input.ranks().layout().ranks() == 1) {
      return Map.of();
    }
    boolean onHost = input.device().name().kind() == DeviceName.Kind.HOST;
    Map<String, String> kinds = new LinkedHashMap<>();
    kinds.put(
        "configuration",
        lines(options.toYaml().lines().filter(line -> onHost || !line.startsWith("threads:"))));
    kinds.put("set of versions", lines(versions(input.device())));
    kinds.put("environment", CollectiveLog.DEBUG_VARIABLE + ": " + input.ranks().comparesSteps());
    kinds.put(
        "model",
        lines(Stream.concat(model(input.model(), options.seed()), states(input.resumed()))));
    kinds.put("data", lines(input.data().files().stream().map(FileFingerprint::of)));
    return kinds;
  }

  private static Stream<String> versions(LocalDevice device) {
    return Stream.concat(
        Stream.of(
            "Memo " + Versions.memo(),
            "OR-Tools " + Versions.orTools(),
            "device: " + device.name().kind()),
        device.versions().stream());
  }

  private static Stream<String> model(TrainingModel model, long seed) {
    Stream<String> weights =
        model.folder().isPresent()
            ? model.folder().get().weightFiles().stream().map(FileFingerprint::of)
            : Stream.of("initial weights of seed " + seed);
    return Stream.of(
            Stream.of(model.config().toString().split(", ")),
            model.layout().tensors().stream().map(RankProof::tensor),
            weights)
        .flatMap(part -> part);
  }

  private static String tensor(ParameterLayout.Tensor tensor) {
    return tensor.name() + " " + tensor.shape();
  }

  private static Stream<String> states(Optional<Checkpoint> resumed) {
    return resumed.stream()
        .flatMap(checkpoint -> checkpoint.files().stream())
        .map(FileFingerprint::of);
  }

  /**
   * What was decided. Where in its slab a rank has a tensor is its own affair; what it asks for, in
   * which order, is not.
   */
  static Map<String, String> ofPlan(StepPlan plan) {
    if (plan.settings().ranks().ranks() == 1) {
      return Map.of();
    }
    StepSettings settings = plan.settings();
    String requests =
        plan.profile().trace().sections().stream()
            .map(section -> section.name() + section.requests())
            .collect(Collectors.joining());
    return Map.of(
        "plan",
        lines(
            Stream.of(
                "alpha: " + plan.alpha(),
                "tokens of a tile: " + settings.tileTokens(),
                "buffers for tiles: " + settings.tileSlots(),
                "tokens of a loss: " + settings.lossTokens(),
                "what the last layers keep: " + settings.lastForms(),
                "bytes of host memory: " + plan.profile().hostPoolBytes(),
                "requests of memory: %d, digest %s"
                    .formatted(
                        plan.profile().trace().requestCount(), FileFingerprint.of(requests)))));
  }

  private static String lines(Stream<String> lines) {
    return lines.collect(Collectors.joining("\n"));
  }
}
