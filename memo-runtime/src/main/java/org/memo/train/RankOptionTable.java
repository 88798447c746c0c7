package org.memo.train;

import static org.memo.train.OptionText.nameOf;

import java.util.List;
import java.util.OptionalInt;
import org.memo.step.ShardLevel;

/** The options that say how ranks share the work. */
final class RankOptionTable {
  static final TrainOption.Group GROUP =
      new TrainOption.Group(
          "Ranks: the processes of torchrun, srun or mpirun; without one, threads of this process"
              + " with a GPU or a share of the processor each",
          List.of(
              TrainOption.of(
                  "sequence-parallel",
                  "P",
                  "1",
                  "Ranks that share a sequence.",
                  (b, v) -> b.sequenceParallel(v.asInt()),
                  o -> o.parallel().sequenceParallel()),
              TrainOption.of(
                  "ring",
                  "auto|R",
                  "auto",
                  "Places of the ring around which keys and values go; the P / R ranks of a place"
                      + " share the heads. auto: the fewest so that each has a query head.",
                  (b, v) -> b.ring(v.autoOrCount()),
                  o -> orAuto(o.parallel().ring())),
              TrainOption.of(
                  "data-parallel",
                  "auto|D",
                  "auto",
                  "Groups of P ranks with sequences of their own: a step takes D times as many"
                      + " windows. auto: as many as there are processes for, 1 without a launcher.",
                  (b, v) -> b.dataParallel(v.autoOrCount()),
                  o -> orAuto(o.parallel().dataParallel())),
              TrainOption.of(
                  "shard",
                  "none|optimizer|gradients|parameters",
                  "none",
                  "What of the model's states each rank holds only a share of: the optimizer's, and"
                      + " gradients, and parameters (ZeRO's stages 1, 2, 3).",
                  (b, v) -> b.shard(v.oneOf(ShardLevel.class)),
                  o -> nameOf(o.parallel().shard())),
              TrainOption.of(
                  "rank-timeout",
                  "TIME",
                  "5m",
                  "How long ranks wait for one that does not answer, before all of them end.",
                  (b, v) -> b.rankTimeout(v.asDuration()),
                  o -> DurationText.format(o.parallel().rankTimeout()))));

  private RankOptionTable() {}

  private static Object orAuto(OptionalInt value) {
    return value.isEmpty() ? "auto" : value.getAsInt();
  }
}
