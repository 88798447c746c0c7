package org.memo.train;

import java.nio.file.Path;
import java.util.List;
import org.memo.train.TrainOption.Arity;

/** The options that say what the run leaves. */
final class RunOptionTable {
  static final TrainOption.Group GROUP =
      new TrainOption.Group(
          "Run",
          List.of(
              TrainOption.of(
                  "output",
                  "FOLDER",
                  "",
                  "Run folder: config.yaml, metrics.jsonl, plan.json, plan.html,"
                      + " checkpoints. Without it: runs/ and the time.",
                  (b, v) -> b.output(Path.of(v.text())),
                  o -> TrainOption.absolute(o.output().runFolder())),
              TrainOption.of(
                  "checkpoint-every",
                  "STEPS",
                  "0",
                  "Steps between checkpoints; 0: only one, at the end.",
                  (b, v) -> b.checkpointEvery(v.asTokens()),
                  o -> o.output().checkpointEvery()),
              new TrainOption(
                  "resume",
                  Arity.ONE,
                  "FOLDER",
                  "",
                  "Go on from the last checkpoint of this run folder, with its config.yaml as the"
                      + " defaults.",
                  (b, v) -> b.resume(Path.of(v.text())),
                  o -> o.output().resume().map(TrainOption::absolute))));

  private RunOptionTable() {}
}
