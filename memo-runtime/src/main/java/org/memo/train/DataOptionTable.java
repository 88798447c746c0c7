package org.memo.train;

import static org.memo.train.OptionText.nameOf;

import java.util.List;
import java.util.Optional;
import org.memo.data.DataOrder;
import org.memo.data.JavaSources;
import org.memo.data.TokenType;
import org.memo.train.TrainOption.Arity;

/** The options that say what is trained, on what. */
final class DataOptionTable {
  static final TrainOption.Group GROUP =
      new TrainOption.Group(
          "Model and data",
          List.of(
              TrainOption.of(
                  "model",
                  "NAME|FOLDER",
                  "",
                  "Built-in preset (tiny, llama-25m, gpt2-124m), or Hugging Face folder.",
                  (b, v) -> b.model(v.text()),
                  o -> TrainOption.absoluteWhereItExists(o.model().model())),
              new TrainOption(
                  "from-scratch",
                  Arity.FLAG,
                  "true|false",
                  "false",
                  "Random weights although the folder holds some; presets always start so.",
                  (b, v) -> b.fromScratch(v.asFlag()),
                  o -> Optional.of(o.model().fromScratch())),
              new TrainOption(
                  "data",
                  Arity.LIST,
                  "FILE",
                  "",
                  "Token files, read in this order; or " + JavaSources.NAME + ": the JDK's code.",
                  (b, v) -> b.data(v.texts()),
                  o -> Optional.of(absolute(o.data().sources()))),
              TrainOption.of(
                  "data-type",
                  "uint16|int32|bytes",
                  "uint16",
                  "How files store tokens: little-endian ids, or each byte a token (vocabulary 256"
                      + " + end of document; the type of "
                      + JavaSources.NAME
                      + ").",
                  (b, v) -> b.dataType(v.oneOf(TokenType.class)),
                  o -> nameOf(o.data().type())),
              TrainOption.of(
                  "data-order",
                  "sequential|shuffled",
                  "sequential",
                  "Order of the windows of an epoch.",
                  (b, v) -> b.dataOrder(v.oneOf(DataOrder.class)),
                  o -> nameOf(o.data().order())),
              TrainOption.of(
                  "sequence-length",
                  "TOKENS",
                  "8K",
                  "Tokens of a window (K = 1024, M = 1024 K).",
                  (b, v) -> b.sequenceLength(v.asTokens()),
                  o -> o.batch().sequenceLength()),
              TrainOption.of(
                  "batch-size",
                  "WINDOWS",
                  "1",
                  "Windows of a micro-batch, which pass through the model together.",
                  (b, v) -> b.batchSize(v.asTokens()),
                  o -> o.batch().batchSize()),
              TrainOption.of(
                  "accumulate",
                  "N",
                  "1",
                  "Micro-batches of a step.",
                  (b, v) -> b.accumulate(v.asTokens()),
                  o -> o.batch().accumulate()),
              TrainOption.of(
                  "steps",
                  "N",
                  "100",
                  "Optimizer steps of the whole run.",
                  (b, v) -> b.steps(v.asTokens()),
                  o -> o.batch().steps()),
              TrainOption.of(
                  "seed",
                  "N",
                  "0",
                  "Seed of random weights and of the shuffled order.",
                  (b, v) -> b.seed(v.asLong()),
                  TrainOptions::seed)));

  private DataOptionTable() {}

  private static List<String> absolute(List<String> sources) {
    return sources.contains(JavaSources.NAME)
        ? sources // a name, also where a file is called so
        : sources.stream().map(TrainOption::absoluteWhereItExists).toList();
  }
}
