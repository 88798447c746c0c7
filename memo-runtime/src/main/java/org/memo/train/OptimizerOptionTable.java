package org.memo.train;

import static org.memo.train.OptionText.nameOf;

import java.util.List;

/** The options of the optimizer and its learning rate. */
final class OptimizerOptionTable {
  static final TrainOption.Group GROUP =
      new TrainOption.Group(
          "Optimizer",
          List.of(
              TrainOption.of(
                  "optimizer",
                  "adamw",
                  "adamw",
                  "The optimizer.",
                  (b, v) -> v.only("adamw", "there is no other optimizer"),
                  o -> "adamw"),
              TrainOption.of(
                  "lr",
                  "RATE",
                  "3e-4",
                  "Peak learning rate.",
                  (b, v) -> b.learningRate(v.asNumber()),
                  o -> o.optimizer().learningRate()),
              TrainOption.of(
                  "beta1",
                  "X",
                  "0.9",
                  "Decay of the first moment.",
                  (b, v) -> b.beta1(v.asNumber()),
                  o -> o.optimizer().beta1()),
              TrainOption.of(
                  "beta2",
                  "X",
                  "0.95",
                  "Decay of the second moment.",
                  (b, v) -> b.beta2(v.asNumber()),
                  o -> o.optimizer().beta2()),
              TrainOption.of(
                  "eps",
                  "X",
                  "1e-8",
                  "Added to the root of the second moment.",
                  (b, v) -> b.eps(v.asNumber()),
                  o -> o.optimizer().eps()),
              TrainOption.of(
                  "weight-decay",
                  "X",
                  "0.1",
                  "Share of a weight, times the learning rate, taken off each step.",
                  (b, v) -> b.weightDecay(v.asNumber()),
                  o -> o.optimizer().weightDecay()),
              TrainOption.of(
                  "decay",
                  "matrices|all",
                  "matrices",
                  "Parameters that decay: those of two dimensions or more, or all.",
                  (b, v) -> b.decay(v.oneOf(DecayRule.class)),
                  o -> nameOf(o.optimizer().decay())),
              TrainOption.of(
                  "schedule",
                  "constant|cosine|linear",
                  "constant",
                  "Learning rate after the warm-up; cosine and linear fall to 0 at the last step.",
                  (b, v) -> b.schedule(v.oneOf(ScheduleKind.class)),
                  o -> nameOf(o.schedule().kind())),
              TrainOption.of(
                  "warmup",
                  "STEPS",
                  "0",
                  "Steps in which the learning rate rises from 0, the first step's, to its peak.",
                  (b, v) -> b.warmup(v.asTokens()),
                  o -> o.schedule().warmupSteps()),
              TrainOption.of(
                  "grad-clip",
                  "NORM",
                  "1.0",
                  "Largest L2 norm of all gradients together; 0 does not clip.",
                  (b, v) -> b.gradClip(v.asNumber()),
                  o -> o.optimizer().gradClip())));

  private OptimizerOptionTable() {}
}
