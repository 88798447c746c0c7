package org.memo.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.UserInputException;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;

class TokenWindowsTest {
  @TempDir private Path temporary;
  private TokenFolder folder;

  @BeforeEach
  void makeFolder() {
    folder = new TokenFolder(temporary);
  }

  @Test
  void aWindowIsItsTokensAndTheSameShiftedByOne() throws IOException {
    List<Path> data = List.of(folder.uint16("x.bin", 10, 11, 12, 13, 14, 15, 65535));

    Batch batch = Batch.of(data, TokenType.UINT16, 3, 0, 1);

    assertArrayEquals(new int[] {10, 11, 12, 13, 14, 15}, batch.inputs());
    assertArrayEquals(new int[] {11, 12, 13, 14, 15, 65535}, batch.targets());
    assertArrayEquals(new int[] {0, 1, 2, 0, 1, 2}, batch.positions());
    assertArrayEquals(new long[] {0, 3, 6}, batch.segmentOffsets());
    assertEquals(6, batch.countedTargets());
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 6, 7, 9, 10})
  void aFileHasAsManyWindowsAsFitWithATargetForTheLastInput(int numTokens) throws IOException {
    Path file = folder.int32("x.bin", new int[numTokens]);
    try (TokenFiles files = TokenFiles.open(List.of(file), TokenType.INT32)) {
      assertEquals((numTokens - 1) / 3, files.windows(3).count());
    }
  }

  @Test
  void theWindowsOfTheSecondFileFollowThoseOfTheFirstAndNoneSpansBoth() throws IOException {
    List<Path> data =
        List.of(
            folder.int32("a.bin", 1, 2, 3, 4, 5, 6), folder.int32("b.bin", 70000, 70001, 70002));

    Batch batch = Batch.of(data, TokenType.INT32, 2, 2, 1);

    assertArrayEquals(new int[] {70000, 70001, 3, 4}, batch.inputs());
    assertArrayEquals(new int[] {70001, 70002, 4, 5}, batch.targets());
  }

  @Test
  void documentsRestartPositionsAndAttentionAndTheirFirstTokenIsNobodysTarget() throws IOException {
    List<Path> data = List.of(folder.uint16("x.bin", 0, 1, 2, 3, 4, 5, 6, 7, 8));
    folder.docs("x.docs", 0, 1, 4, 6);

    Batch batch = Batch.of(data, TokenType.UINT16, 4, 0, 1);

    assertArrayEquals(new int[] {-1, 2, 3, -1, 5, -1, 7, 8}, batch.targets());
    assertArrayEquals(new int[] {0, 0, 1, 2, 0, 1, 0, 1}, batch.positions());
    assertArrayEquals(new long[] {0, 1, 4, 6, 8}, batch.segmentOffsets());
    assertEquals(5, batch.countedTargets());
  }

  @Test
  void aMaskedTokenIsAnInputButNoTarget() throws IOException {
    List<Path> data = List.of(folder.uint16("x.bin", 5, 6, 7, 8, 9));
    folder.mask("x.mask", 1, 0, 1, 1, 0);

    Batch batch = Batch.of(data, TokenType.UINT16, 4, 0);

    assertArrayEquals(new int[] {5, 6, 7, 8}, batch.inputs());
    assertArrayEquals(new int[] {-1, 7, 8, -1}, batch.targets());
    assertEquals(2, batch.countedTargets());
  }

  @Test
  void aWholeWindowMayBeMasked() throws IOException {
    Path file = folder.uint16("x.bin", 1, 2, 3, 4, 5);
    folder.mask("x.mask", 1, 1, 1, 0, 0);
    try (TokenFiles files = TokenFiles.open(List.of(file), TokenType.UINT16)) {
      assertEquals(2, files.windows(2).countedTargets(0));
      assertEquals(0, files.windows(2).countedTargets(1));
    }
  }

  @Test
  void bytesAreTokensAndTheEndOfDocumentIsTheLastTarget() throws IOException {
    Path file = folder.write("text", "Memó".getBytes(StandardCharsets.UTF_8));

    Batch batch = Batch.of(List.of(file), TokenType.BYTES, 5, 0);

    assertArrayEquals(new int[] {'M', 'e', 'm', 0xc3, 0xb3}, batch.inputs());
    assertArrayEquals(new int[] {'e', 'm', 0xc3, 0xb3, 256}, batch.targets());
  }

  @Test
  void aMaskOfBytesMayLeaveOutTheEndOfDocument() throws IOException {
    List<Path> data = List.of(folder.write("x.txt", new byte[] {1, 2, 3}));
    folder.mask("x.mask", 1, 0, 1);
    assertArrayEquals(new int[] {-1, 3, 256}, Batch.of(data, TokenType.BYTES, 3, 0).targets());

    folder.mask("x.mask", 1, 0, 1, 0);
    assertArrayEquals(new int[] {-1, 3, -1}, Batch.of(data, TokenType.BYTES, 3, 0).targets());
  }

  @Test
  void aFileShorterThanOneWindowIsRefusedWithWhatItHasAndNeeds() throws IOException {
    Path file = folder.uint16("x.bin", 1, 2, 3, 4);
    try (TokenFiles files = TokenFiles.open(List.of(file), TokenType.UINT16)) {
      UserInputException refused = assertThrows(UserInputException.class, () -> files.windows(4));
      assertEquals(
          file + " has 4 tokens, but a window of --sequence-length 4 needs 5",
          refused.getMessage());
    }
  }

  @Test
  void aWindowThatIsNotThereIsAnError() throws IOException {
    List<Path> data = List.of(folder.uint16("x.bin", 1, 2, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> Batch.of(data, TokenType.UINT16, 1, 2));
  }

  @Test
  void randomFilesAgreeWithAReadingTokenByToken() throws IOException {
    Random random = new Random(5);
    for (int round = 0; round < 50; round++) {
      int numTokens = 2 + random.nextInt(60);
      int sequenceLength = 1 + random.nextInt(numTokens - 1);
      int[] tokens = random.ints(numTokens, 0, 65536).toArray();
      int[] mask = random.ints(numTokens, 0, 2).toArray();
      TreeSet<Long> starts = new TreeSet<>(List.of(0L));
      random.ints(random.nextInt(9), 0, numTokens).forEach(start -> starts.add((long) start));
      List<Path> data = List.of(folder.uint16("r.bin", tokens));
      folder.mask("r.mask", mask);
      folder.docs("r.docs", starts.stream().mapToLong(Long::longValue).toArray());
      int window = random.nextInt((numTokens - 1) / sequenceLength);

      Batch batch = Batch.of(data, TokenType.UINT16, sequenceLength, window);

      assertTokenByToken(tokens, mask, starts, window * sequenceLength, batch);
    }
  }

  /** Places of two, three and more ranks, so that a rank's tokens may lie in both chunks. */
  @ParameterizedTest
  @CsvSource({
    "1, 1", "2, 1", "3, 1", "6, 1", "2, 2", "3, 3", "4, 2", "6, 2", "6, 3", "8, 4", "10, 2"
  })
  void thePartsOfTheRanksTogetherAreTheWholeBatchAndPadding(int ranks, int ring)
      throws IOException {
    ParallelLayout layout = new ParallelLayout(ranks, ring, 1, ShardLevel.NONE);
    Random random = new Random(6);
    for (int round = 0; round < 10; round++) {
      int numTokens = 20 + random.nextInt(60);
      int sequenceLength = 1 + random.nextInt(9);
      int[] mask = random.ints(numTokens, 0, 2).toArray();
      long[] starts = LongStream.concat(LongStream.of(0), random.longs(9, 1, numTokens)).toArray();
      List<Path> data = List.of(folder.mask("p.bin", random.ints(numTokens, 0, 256).toArray()));
      folder.mask("p.mask", mask);
      folder.docs("p.docs", LongStream.of(starts).sorted().distinct().toArray());
      long[] windows = random.longs(3, 0, numTokens / sequenceLength).toArray();

      Batch whole = Batch.of(data, TokenType.BYTES, sequenceLength, windows);
      int tokens = (int) layout.tokensOfRank(whole.inputs().length);
      int[] holders = new int[ranks * tokens];
      for (int rank = 0; rank < ranks; rank++) {
        BatchPart part = layout.part(rank, whole.inputs().length);
        Batch batch = Batch.of(data, TokenType.BYTES, part, sequenceLength, windows);
        int[] held = held(part);
        IntStream.of(held).forEach(i -> holders[i]++);
        assertEquals(tokens, held.length);
        assertArrayEquals(padded(whole.inputs(), 0, held), batch.inputs());
        assertArrayEquals(padded(whole.targets(), -1, held), batch.targets());
        assertArrayEquals(padded(whole.positions(), 0, held), batch.positions());
        LongStream offsets = LongStream.of(whole.segmentOffsets());
        assertArrayEquals(
            LongStream.concat(offsets, LongStream.of(holders.length)).distinct().toArray(),
            batch.segmentOffsets());
        assertEquals(whole.countedTargets(), batch.countedTargets());
      }
      assertTrue(IntStream.of(holders).allMatch(count -> count == 1), "each is held once");
    }
  }

  /** Twelve tokens in four chunks: the first place has the outer two, the second the inner two. */
  @Test
  void aPlaceOfARingHasAnEarlyAndALateChunk() {
    ParallelLayout layout = new ParallelLayout(6, 2, 1, ShardLevel.NONE);
    assertEquals(List.of(new TokenRun(0, 2)), layout.part(0, 12).runs());
    assertEquals(List.of(new TokenRun(2, 1), new TokenRun(9, 1)), layout.part(1, 12).runs());
    assertEquals(List.of(new TokenRun(10, 2)), layout.part(2, 12).runs());
    assertEquals(List.of(new TokenRun(3, 2)), layout.part(3, 12).runs());
    assertEquals(List.of(new TokenRun(5, 1), new TokenRun(6, 1)), layout.part(4, 12).runs());
    assertEquals(List.of(new TokenRun(7, 2)), layout.part(5, 12).runs());
  }

  private static int[] held(BatchPart part) {
    return part.runs().stream()
        .flatMapToInt(run -> IntStream.range((int) run.first(), (int) run.end()))
        .toArray();
  }

  private static int[] padded(int[] whole, int padding, int[] held) {
    return IntStream.of(held).map(i -> i < whole.length ? whole[i] : padding).toArray();
  }

  private static void assertTokenByToken(
      int[] tokens, int[] mask, Set<Long> starts, int first, Batch batch) {
    List<Long> segments = new ArrayList<>();
    int position = 0;
    for (int i = 0; i < batch.inputs().length; i++) {
      int token = first + i;
      if (i == 0 || starts.contains((long) token)) {
        segments.add((long) i);
        position = 0;
      }
      boolean counts = mask[token + 1] == 1 && !starts.contains(token + 1L);
      assertEquals(tokens[token], batch.inputs()[i]);
      assertEquals(counts ? tokens[token + 1] : -1, batch.targets()[i]);
      assertEquals(position++, batch.positions()[i]);
    }
    segments.add((long) batch.inputs().length);
    assertEquals(segments, LongStream.of(batch.segmentOffsets()).boxed().toList());
    assertEquals(
        IntStream.of(batch.targets()).filter(target -> target >= 0).count(),
        batch.countedTargets());
    assertEquals(Arrays.stream(batch.inputs()).count(), batch.positions().length);
  }
}
