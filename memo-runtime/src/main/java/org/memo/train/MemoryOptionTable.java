package org.memo.train;

import static org.memo.train.OptionText.nameOf;

import java.util.List;
import java.util.OptionalLong;
import org.memo.machine.DeviceName;
import org.memo.planner.cost.ElementType;

/** The options of the device, its memory and what moves out of it. */
final class MemoryOptionTable {
  static final TrainOption.Group GROUP =
      new TrainOption.Group(
          "Device and memory",
          List.of(
              TrainOption.of(
                  "device",
                  "auto|host|cuda[:N]",
                  "auto",
                  "Device that trains: a GPU where there is one (each rank of a machine its own),"
                      + " this machine's processor, or GPU N.",
                  (b, v) ->
                      b.device(
                          DeviceName.parse(v.text()).orElseThrow(() -> v.wrong(DeviceName.VALID))),
                  o -> o.device().device().toString()),
              TrainOption.of(
                  "device-memory",
                  "auto|BYTES",
                  "auto",
                  "Limit of all device memory of a rank: weights, gradients, optimizer and"
                      + " activations. auto: what a GPU has free; 2GiB of the processor's memory,"
                      + " divided among the ranks of the machine.",
                  (b, v) -> b.deviceMemoryBytes(v.autoOrBytes()),
                  o -> orAuto(o.device().deviceMemoryBytes())),
              TrainOption.of(
                  "host-memory",
                  "auto|BYTES",
                  "auto",
                  "Limit of the host memory of a rank that holds swapped activations. auto: most of"
                      + " what is free beside GPUs, 8GiB beside the processor, divided among the"
                      + " ranks of the machine.",
                  (b, v) -> b.hostMemoryBytes(v.autoOrBytes()),
                  o -> orAuto(o.device().hostMemoryBytes())),
              TrainOption.of(
                  "threads",
                  "N",
                  String.valueOf(Runtime.getRuntime().availableProcessors()),
                  "Threads of the host device, of all ranks of the machine together; the default is"
                      + " this machine's processors.",
                  (b, v) -> b.threads(v.asInt()),
                  o -> o.device().threads()),
              TrainOption.of(
                  "precision",
                  "f32|bf16",
                  "f32",
                  "Type of activations and of the weights that compute. bf16 is mixed precision:"
                      + " the optimizer's weights and states and all gradients of weights are f32.",
                  (b, v) -> b.precision(v.oneOf(ElementType.class)),
                  o -> nameOf(o.device().precision())),
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
                  o -> orAuto(o.swap().tileTokens())),
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
                  o -> residencyValue(o.swap().residency()))));

  private MemoryOptionTable() {}

  private static Object residencyValue(Residency residency) {
    String text = residency.toString();
    return text.matches("[0-9]+") ? Integer.valueOf(text) : text;
  }

  private static Object orAuto(OptionalLong value) {
    return value.isEmpty() ? "auto" : value.getAsLong();
  }

  private static Object orAuto(List<?> value) {
    return value.isEmpty() ? "auto" : value.getFirst();
  }
}
