package org.memo.train;

import static org.memo.train.OptionText.nameOf;

import java.util.List;
import org.memo.bindings.MissingLibraryException;

/** The options of the device, its memory and what moves out of it. */
final class MemoryOptionTable {
  static final TrainOption.Group GROUP =
      new TrainOption.Group(
          "Device and memory",
          List.of(
              TrainOption.of(
                  "device",
                  "auto|host",
                  "auto",
                  "Device that trains: host is this machine's processor.",
                  MemoryOptionTable::setDevice,
                  o -> nameOf(o.device().device())),
              TrainOption.of(
                  "device-memory",
                  "BYTES",
                  "2GiB",
                  "Limit of all device memory: weights, gradients, optimizer and activations.",
                  (b, v) -> b.deviceMemoryBytes(v.asBytes()),
                  o -> o.device().deviceMemoryBytes()),
              TrainOption.of(
                  "host-memory",
                  "BYTES",
                  "8GiB",
                  "Limit of the host memory that holds swapped activations.",
                  (b, v) -> b.hostMemoryBytes(v.asBytes()),
                  o -> o.device().hostMemoryBytes()),
              TrainOption.of(
                  "threads",
                  "N",
                  String.valueOf(Runtime.getRuntime().availableProcessors()),
                  "Threads of the host device; the default is this machine's processors.",
                  (b, v) -> b.threads(v.asInt()),
                  o -> o.device().threads()),
              TrainOption.of(
                  "precision",
                  "f32",
                  "f32",
                  "Type of weights, activations and gradients.",
                  (b, v) -> v.only("f32", "the host device trains in f32"),
                  o -> "f32"),
              TrainOption.of(
                  "alpha",
                  "auto|0..1",
                  "auto",
                  "Fraction of tokens whose activations are swapped; the rest is recomputed.",
                  (b, v) -> b.alpha(v.autoOrNumber()),
                  o -> orAuto(o.swap().alpha().stream().boxed().toList())),
              TrainOption.of(
                  "tile",
                  "auto|TOKENS",
                  "auto",
                  "Tokens that norms, projections and MLP take at a time.",
                  (b, v) -> b.tileTokens(v.autoOrTokens()),
                  o -> orAuto(o.swap().tileTokens().stream().boxed().toList())),
              TrainOption.of(
                  "tile-slots",
                  "auto|N",
                  "auto",
                  "Buffers through which swapped tiles pass, at least 2: more hide more copies.",
                  (b, v) -> b.tileSlots(v.autoOrCount()),
                  o -> orAuto(o.swap().tileSlots().stream().boxed().toList())),
              TrainOption.of(
                  "residency",
                  "auto|none|all|N|FORMS",
                  "auto",
                  "What the last layers keep on the device: what makes the step fastest, nothing,"
                      + " everything, everything of the last N, or forms in the layers' order"
                      + " as swapped:6,resident:2.",
                  (b, v) -> b.residency(v.asResidency()),
                  o -> residencyValue(o.swap().residency())),
              TrainOption.of(
                  "sequence-parallel",
                  "1",
                  "1",
                  "Ranks that share a sequence.",
                  (b, v) -> v.only("1", "this version trains with one rank"),
                  o -> 1),
              TrainOption.of(
                  "shard",
                  "none",
                  "none",
                  "Model states that ranks divide among them.",
                  (b, v) -> v.only("none", "this version trains with one rank"),
                  o -> "none")));

  private MemoryOptionTable() {}

  private static void setDevice(TrainOptionsBuilder builder, OptionText value) {
    String device = value.text().strip();
    if (device.matches("cuda(:[0-9]+)?")) {
      throw new MissingLibraryException(
          "--device is %s, but this build has no CUDA device: give auto or host".formatted(device));
    }
    builder.device(value.oneOf(DeviceKind.class));
  }

  private static Object residencyValue(Residency residency) {
    String text = residency.toString();
    return text.matches("[0-9]+") ? Integer.valueOf(text) : text;
  }

  private static Object orAuto(List<?> value) {
    return value.isEmpty() ? "auto" : value.getFirst();
  }
}
