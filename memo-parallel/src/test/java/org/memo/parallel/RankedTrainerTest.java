package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.RunFailedException;
import org.memo.UserInputException;
import org.memo.collective.Collectives;
import org.memo.data.TokenType;
import org.memo.machine.DeviceName;
import org.memo.planner.cost.ElementType;
import org.memo.step.ShardLevel;
import org.memo.train.Residency;
import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainOptionsBuilder;
import org.memo.train.TrainSummary;
import org.memo.train.Trainer;

/** Whole runs of several ranks: one run folder, one voice, the losses of one rank. */
@Timeout(120)
class RankedTrainerTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final double LOSS_TOLERANCE = 1e-5;
  private static final Pattern LOSS = Pattern.compile("\"loss\":([^,]+),.*\"tokens\":([0-9]+),");

  private static final Map<ElementType, List<Double>> ONE_RANK = new ConcurrentHashMap<>();

  @TempDir private Path folder;

  @BeforeEach
  void writeData() throws IOException {
    byte[] text = new byte[4000];
    Random random = new Random(3);
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) ('a' + (i % 7 + random.nextInt(3)) % 26);
    }
    Files.write(folder.resolve("text"), text);
  }

  @ParameterizedTest
  @CsvSource({
    "2, 2, 1, NONE, 1",
    "2, 2, 1, PARAMETERS, 0.5",
    "3, 3, 1, GRADIENTS, 0.5", // neither heads nor tokens divide
    "4, 2, 1, OPTIMIZER, 0",
    "4, 2, 1, PARAMETERS, 0.5",
    "2, 1, 1, PARAMETERS, 1",
    "4, 4, 2, PARAMETERS, 0.5",
    "6, 3, 3, OPTIMIZER, 1" // padded
  })
  void theLossesAreThoseOfOneRank(int ranks, int sharing, int ring, ShardLevel shard, double alpha)
      throws IOException {
    int groups = ranks / sharing;
    List<Double> expected = lossesOfOneRank(ElementType.F32);

    TrainOptionsBuilder builder =
        options("several", sharing, shard, 4 / groups)
            .ring(OptionalInt.of(ring))
            .alpha(OptionalDouble.of(alpha))
            .residency(Residency.NONE);
    List<Double> given = losses(run(ranks, builder.build()));

    assertEquals(expected.size(), given.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i), given.get(i), LOSS_TOLERANCE * expected.get(i));
    }
  }

  @Test
  void aCheckpointOfSeveralRanksLoadsOnAnyOtherNumber() throws IOException {
    List<Double> whole = lossesOfOneRank(ElementType.F32);
    Path three = run(3, options("cut", 3, ShardLevel.PARAMETERS, 4).steps(2).build());
    List<Double> goneOn =
        losses(run(2, options("cut", 2, ShardLevel.OPTIMIZER, 4).resume(three).build()));
    assertEquals(whole.size(), goneOn.size());
    assertEquals(whole.getLast(), goneOn.getLast(), LOSS_TOLERANCE * whole.getLast());
  }

  @Test
  void aRankThatFailsInACheckpointLeavesTheOneBeforeWholeAndNoOther() throws IOException {
    String message = messageOfRankZeroWhereOneFails("states are written", 2);
    assertTrue(message.startsWith("step 4: the checkpoint cannot be written: rank 1"), message);
    assertTrue(message.endsWith("step-2, is whole"), message);
  }

  @Test
  void aRankThatFailsBehindACheckpointSpoilsItForNobody() throws IOException {
    String message = messageOfRankZeroWhereOneFails("checkpoint is whole", 1);
    assertTrue(message.startsWith("step 3: "), message);
    assertTrue(message.endsWith("step-2, is whole"), message);
  }

  /** Rank 1 fails at the nth exchange whose name ends so; step 2 has a checkpoint then. */
  private String messageOfRankZeroWhereOneFails(String endOfWhat, int nth) throws IOException {
    Map<Integer, RuntimeException> failures = new ConcurrentHashMap<>();
    TrainOptions options =
        options("failing", 2, ShardLevel.PARAMETERS, 4).checkpointEvery(2).build();
    assertThrows(
        IllegalStateException.class,
        () ->
            InProcessRanks.run(
                2,
                TIMEOUT,
                group -> {
                  Collectives ranks = rankOneFails(group, endOfWhat, nth);
                  try (Trainer trainer = Trainer.open(options, TrainListener.silent(), ranks)) {
                    trainer.run();
                  } catch (RuntimeException e) {
                    failures.put(group.rank(), e);
                    throw e;
                  }
                }));
    Path checkpoints = folder.resolve("failing").resolve("checkpoints");
    try (Stream<Path> files = Files.list(checkpoints)) {
      assertEquals(List.of(checkpoints.resolve("step-2")), files.toList());
    }
    assertInstanceOf(RunFailedException.class, failures.get(0));
    return String.valueOf(failures.get(0).getMessage());
  }

  private static Collectives rankOneFails(Collectives group, String endOfWhat, int nth) {
    AtomicInteger left = new AtomicInteger(nth);
    return new ChangedExchanges(
        group,
        (what, mine) -> {
          if (group.rank() == 1 && what.endsWith(endOfWhat) && left.decrementAndGet() == 0) {
            throw new IllegalStateException("failed on purpose");
          }
          return group.exchange(what, mine);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void mixedPrecisionLosesAsLittleOnSeveralRanks(int ring) throws IOException {
    List<Double> expected = lossesOfOneRank(ElementType.BF16);
    TrainOptionsBuilder two =
        options("two", 2, ShardLevel.PARAMETERS, 4)
            .ring(OptionalInt.of(ring))
            .precision(ElementType.BF16);
    List<Double> given = losses(run(2, two.build()));
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i), given.get(i), 1e-2 * expected.get(i));
    }
  }

  @Test
  void ranksThatCannotShareTheHeadsAreRefused() {
    TrainOptions options = options("refused", 3, ShardLevel.NONE, 4).build();
    UserInputException refused = assertThrows(UserInputException.class, () -> run(2, options));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.startsWith("--sequence-parallel is 3; valid is a divisor of"), message);
    assertTrue(Files.notExists(folder.resolve("refused")));
  }

  @Test
  void ranksOfAnotherConfigurationAreNamed() {
    UserInputException refused =
        assertThrows(
            UserInputException.class,
            () ->
                InProcessRanks.run(
                    2,
                    TIMEOUT,
                    ranks -> {
                      TrainOptions options =
                          options("differ", 2, ShardLevel.NONE, 4)
                              .learningRate(ranks.rank() == 0 ? 1e-3 : 2e-3)
                              .build();
                      try (Trainer trainer = Trainer.open(options, TrainListener.silent(), ranks)) {
                        trainer.run();
                      }
                    }));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("rank 1 has another configuration than rank 0"), message);
    assertTrue(message.contains("lr: 0.002"), message);
  }

  /** The data is the same for each test. */
  private List<Double> lossesOfOneRank(ElementType precision) throws IOException {
    List<Double> known = ONE_RANK.get(precision);
    if (known != null) {
      return known;
    }
    TrainOptionsBuilder one = options("one", 1, ShardLevel.NONE, 4).precision(precision);
    List<Double> losses = losses(run(1, one.build()));
    ONE_RANK.put(precision, losses);
    return losses;
  }

  private TrainOptionsBuilder options(
      String name, int sharing, ShardLevel shard, int windowsOfAGroup) {
    return TrainOptions.builder()
        .model("tiny")
        .data(folder.resolve("text").toString())
        .dataType(TokenType.BYTES)
        .device(DeviceName.HOST)
        .sequenceLength(31)
        .batchSize(windowsOfAGroup)
        .accumulate(2)
        .steps(4)
        .learningRate(1e-3)
        .threads(2)
        .sequenceParallel(sharing)
        .shard(shard)
        .output(folder.resolve(name));
  }

  private Path run(int ranks, TrainOptions options) {
    ConcurrentSkipListMap<Integer, TrainSummary> summaries = new ConcurrentSkipListMap<>();
    InProcessRanks.run(
        ranks,
        TIMEOUT,
        collectives -> {
          try (Trainer trainer = Trainer.open(options, TrainListener.silent(), collectives)) {
            summaries.put(collectives.rank(), trainer.run());
          }
        });
    assertEquals(ranks, summaries.size());
    return options.output().runFolder();
  }

  private static List<Double> losses(Path runFolder) throws IOException {
    return Files.readAllLines(runFolder.resolve("metrics.jsonl")).stream()
        .map(LOSS::matcher)
        .filter(Matcher::find)
        .peek(line -> assertEquals(31 * 4 * 2, Integer.parseInt(line.group(2))))
        .map(line -> Double.valueOf(line.group(1)))
        .toList();
  }
}
