package org.memo.device.cuda.cudnn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.cudnn.CudnnDeviceDescription;
import org.memo.bindings.cudnn.CudnnVersion;
import org.memo.device.cuda.AttentionProblem;
import org.memo.device.cuda.AttentionProblem.Pass;
import org.memo.planner.cost.ElementType;

/** Which passes are taken, in how large groups of heads, and how plans are kept: on an H100. */
@Tag("cudnn")
class AttentionPassesTest {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  private static final long QKV = 0x1000_0000;
  private static final long OUT = 0x2000_0000;
  private static final long LSE = 0x3000_0000;
  private static final long DOUT = 0x4000_0000;
  private static final long DELTA = 0x5000_0000;
  private static final long DQKV = 0x6000_0000;
  private static final long WORKSPACE = 0x7000_0000;

  /** H = 32 and K = 8 of D = 128: 4 query heads for each key and value head. */
  private static final AttentionProblem BACKWARD_OF_4096 = problem(Pass.BACKWARD, 4096);

  @TempDir private Path cache;
  private CudnnDeviceDescription device;
  private CudnnPlans plans;

  @BeforeAll
  static void requireCudnn(@TempDir Path folder) {
    DescribedGpu.requireCudnn(folder);
  }

  private AttentionPasses passes(long limitBytes, boolean nondeterministic) {
    close();
    device = DescribedGpu.open("h100");
    plans = new CudnnPlans(device, new PlanFolder(cache, CudnnVersion.loaded(), "H100 9.0"));
    return new AttentionPasses(
        new HeadGroups(plans, limitBytes), CudnnVersion.loaded(), nondeterministic);
  }

  @AfterEach
  void close() {
    if (plans != null) {
      plans.close();
      device.close();
    }
  }

  @Test
  void allHeadsAreOneGroupWhereTheScratchFits() {
    PreparedPass pass = passes(GIB, true).get(BACKWARD_OF_4096);
    assertEquals(1, pass.groups());
    assertEquals(32, pass.shape().heads());
    // keys' and values' gradients for each query head in bf16, and the queries' in f32
    long elements = 32L * 4096 * 128;
    assertEquals(4 * elements + 256 + 4 * elements, pass.workspaceBytes());
  }

  @Test
  void headsAreGroupedSoThatTheScratchStaysBelowTheLimit() {
    PreparedPass pass = passes(40 * MIB, true).get(BACKWARD_OF_4096);
    assertEquals(4, pass.groups());
    assertEquals(2, pass.shape().kvHeads());
    assertEquals(8, pass.shape().heads());
    assertTrue(pass.workspaceBytes() <= 40 * MIB);
  }

  @Test
  void aMillionTokensGoThroughOneKeyHeadAfterTheOther() {
    PreparedPass pass = passes(5 * GIB, true).get(problem(Pass.BACKWARD, 1 << 20));
    assertEquals(8, pass.groups());
    assertTrue(pass.workspaceBytes() <= 5 * GIB);
  }

  @Test
  void scratchThatNoGroupFitsInIsRefusedWithItsSize() {
    String reason = passes(MIB, true).refusal(BACKWARD_OF_4096).orElseThrow();
    assertEquals(
        "cuDNN's backward attention of 4096 tokens needs 16777472 bytes of scratch for each 4"
            + " heads, but only 1048576 are free for it.",
        reason);
  }

  @Test
  void sameBitsEachTimeCostScratchThatGrowsWithTheSquareOfTheTokens() {
    AttentionPasses passes = passes(4 * GIB, false);
    assertEquals(
        PlanShape.Kind.BACKWARD_DETERMINISTIC, passes.get(BACKWARD_OF_4096).shape().kind());
    assertEquals(Optional.empty(), passes.refusal(BACKWARD_OF_4096));
    String reason = passes.refusal(problem(Pass.BACKWARD, 128 * 1024)).orElseThrow();
    assertTrue(reason.contains("deterministic backward attention of 131072 tokens"), reason);
  }

  @Test
  void groupsShareNothingAndLeaveNothingOut() {
    PreparedPass pass = passes(40 * MIB, true).get(BACKWARD_OF_4096);
    PassAddresses whole = addresses();
    long rowBytes = (32 + 2 * 8) * 128 * 2;
    boolean[] taken = new boolean[(int) rowBytes];
    for (long group = 0; group < pass.groups(); group++) {
      Map<Long, DeviceAddress> part = whole.of(pass, group, 0);
      take(taken, part.get(TensorId.QUERIES.id()), 8 * 128 * 2);
      take(taken, part.get(TensorId.KEYS.id()), 2 * 128 * 2);
      take(taken, part.get(TensorId.VALUES.id()), 2 * 128 * 2);
      assertEquals(QKV + 32 * 128 * 2 + group * 512, part.get(TensorId.KEYS.id()).value());
      assertEquals(DQKV - QKV, difference(part, TensorId.VALUES, TensorId.VALUES_GRADIENT));
      assertEquals(OUT + group * 8 * 128 * 2, part.get(TensorId.OUT.id()).value());
      assertEquals(DOUT - OUT, difference(part, TensorId.OUT, TensorId.OUT_GRADIENT));
      assertEquals(LSE + group * 8 * 4096 * 4, part.get(TensorId.LOG_SUM_EXP.id()).value());
      assertEquals(DELTA - LSE, difference(part, TensorId.LOG_SUM_EXP, TensorId.DELTA));
      assertEquals(
          WORKSPACE + pass.sumsOffset(), part.get(TensorId.QUERIES_GRADIENT_SUMS.id()).value());
    }
    for (int at = 0; at < rowBytes; at++) {
      assertTrue(taken[at], "byte " + at + " of a row belongs to no group");
    }
  }

  @Test
  void addressesThatCudnnCouldMisreadAreRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new PassAddresses(at(QKV), at(OUT + 2), at(0), at(0), at(0), at(0), at(0)));
    assertEquals(
        "cuDNN needs addresses that are multiples of 16 bytes, not out=0x20000002", e.getMessage());
  }

  /** Each group's log-sum-exps would begin 4 bytes off what cuDNN relies on. */
  @Test
  void headsAreNotGroupedWhereGroupsWouldBeginUnaligned() {
    AttentionProblem odd =
        new AttentionProblem(Pass.BACKWARD, 4097, 1, 6, 6, 64, 1, ElementType.BF16, true);
    PreparedPass pass = passes(GIB, true).get(odd);
    assertEquals(1, pass.groups());
    assertTrue(passes(pass.workspaceBytes() - 1, true).refusal(odd).isPresent());
  }

  @Test
  void whatCudnnIsNotAskedForIsRefusedInOneSentence() {
    AttentionPasses passes = passes(GIB, true);
    assertEquals(
        Optional.of("cuDNN computes attention in BF16, not in F32"),
        passes.refusal(
            new AttentionProblem(Pass.FORWARD, 64, 1, 2, 2, 64, 1, ElementType.F32, true)));
    assertEquals(
        Optional.of("cuDNN works on regions that begin at multiples of 16 bytes"),
        passes.refusal(
            new AttentionProblem(Pass.FORWARD, 64, 1, 2, 2, 64, 1, ElementType.BF16, false)));
    assertEquals(
        Optional.of("cuDNN may leave out log-sum-exps of segments that have one token in all"),
        passes.refusal(documents(Pass.FORWARD, 1, 2)));
    AttentionProblem narrow =
        new AttentionProblem(Pass.FORWARD, 64, 1, 2, 2, 12, 1, ElementType.BF16, true);
    assertEquals(
        Optional.of(
            "cuDNN computes attention with head dimensions up to 256 that are multiples of 8, not"
                + " 12"),
        passes.refusal(narrow));
    assertThrows(UnsupportedOperationException.class, () -> passes.get(narrow));
  }

  @Test
  void segmentsRunInPlansForPowersOfTwoAndInSeveralExecutionsWhereTheyAreMany() {
    AttentionPasses passes = passes(GIB, true);
    PreparedPass few = passes.get(documents(Pass.FORWARD, 4096, 3));
    assertEquals(8, few.shape().segments());
    PreparedPass some = passes.get(documents(Pass.FORWARD, 4096, 65));
    assertEquals(128, some.shape().segments());
    assertEquals(1, some.batches());
    PreparedPass many = passes.get(documents(Pass.FORWARD, 4096, 1025));
    assertEquals(512, many.shape().segments());
    assertEquals(3, many.batches());
    assertEquals(3 * 512, many.tables().segments());
  }

  /** So that it need not grow from one micro-batch to the next. */
  @Test
  void scratchIsTheSameForFewSegmentsAndForAsManyAsAPlanTakes() {
    AttentionPasses passes = passes(GIB, true);
    long bytes = passes.workspaceBytes(documents(Pass.FORWARD, 4096, 512));
    assertEquals(bytes, passes.workspaceBytes(documents(Pass.FORWARD, 4096, 2)));
    assertEquals(bytes, passes.workspaceBytes(documents(Pass.FORWARD, 4096, 100)));
    assertTrue(passes.workspaceBytes(documents(Pass.FORWARD, 4096, 1)) < bytes);
  }

  /** The rows of its sums are as far apart as those of what they are summed to. */
  @Test
  void theBackwardPassOfSegmentsTakesScratchForAllRowsAtOnce() {
    PreparedPass pass = passes(GIB, true).get(documents(Pass.BACKWARD, 4096, 3));
    long rowElements = (32 + 2 * 8) * 128;
    assertEquals(1, pass.groups());
    assertEquals(4096 * rowElements * 4, pass.eachHeadOffset() - pass.sumsOffset());
    assertEquals(4096 * 4 * rowElements * 2, pass.tablesOffset() - pass.eachHeadOffset());
    Map<Long, DeviceAddress> part = addresses().of(pass, 0, 0);
    long eachHead = WORKSPACE + pass.eachHeadOffset();
    assertEquals(eachHead, part.get(TensorId.KEYS_GRADIENT_OF_EACH_HEAD.id()).value());
    assertEquals(
        32 * 128 * 2,
        difference(
            part, TensorId.KEYS_GRADIENT_OF_EACH_HEAD, TensorId.VALUES_GRADIENT_OF_EACH_HEAD));
  }

  @Test
  void tablesOfSegmentsLieBehindEachOtherInsideTheScratch() {
    PreparedPass pass = passes(GIB, true).get(documents(Pass.FORWARD, 4096, 700));
    assertEquals(2, pass.batches());
    Map<Long, DeviceAddress> first = addresses().of(pass, 0, 0);
    Map<Long, DeviceAddress> second = addresses().of(pass, 0, 1);
    long end = WORKSPACE + pass.tablesOffset();
    for (TensorId id : List.of(TensorId.TOKEN_STARTS, TensorId.QKV_STARTS, TensorId.OUT_STARTS)) {
      assertTrue(first.get(id.id()).value() >= end, id.toString());
      assertEquals(512 * 8, second.get(id.id()).value() - first.get(id.id()).value());
      end = second.get(id.id()).value() + 513 * 8;
    }
    assertTrue(first.get(TensorId.LENGTHS.id()).value() >= end);
    end = second.get(TensorId.LENGTHS.id()).value() + 512 * 4;
    assertTrue(end <= WORKSPACE + pass.workspaceBytes());
  }

  /** Whatever their number: what computes two must compute any. */
  @Test
  void segmentsAreRefusedWhereTheMostWouldNotFit() {
    String reason = passes(GIB, false).refusal(documents(Pass.BACKWARD, 4096, 2)).orElseThrow();
    assertEquals(
        passes(GIB, false).refusal(documents(Pass.BACKWARD, 4096, 900)), Optional.of(reason));
    assertTrue(
        reason.contains("deterministic backward attention of 4096 tokens in up to 512 segments"),
        reason);
  }

  @Test
  void aPlanThatIsOnDiskIsNotCompiledAgain() {
    long bytes = passes(GIB, true).get(BACKWARD_OF_4096).workspaceBytes();
    assertEquals(2, plans.compiled());
    assertEquals(bytes, passes(GIB, true).get(BACKWARD_OF_4096).workspaceBytes());
    assertEquals(0, plans.compiled());
  }

  @Test
  void aPlanThatIsBrokenOnDiskIsCompiledAgain() throws IOException {
    PlanShape shape = passes(GIB, true).get(BACKWARD_OF_4096).shape();
    Path file = new PlanFolder(cache, CudnnVersion.loaded(), "H100 9.0").file(shape);
    String whole = Files.readString(file);
    Files.writeString(file, whole.substring(0, whole.length() / 2));
    passes(GIB, true).get(BACKWARD_OF_4096);
    assertEquals(1, plans.compiled());
    assertEquals(whole.length(), Files.readString(file).length(), 8192.0);
  }

  /** As another version of the driver may find: whole, and not for this device. */
  @Test
  void aPlanThatCudnnRefusesIsCompiledAgain() {
    PlanFolder folder = new PlanFolder(cache, CudnnVersion.loaded(), "H100 9.0");
    PlanShape shape = PlanShape.of(BACKWARD_OF_4096, PlanShape.Kind.BACKWARD_ACCUMULATING, 8);
    folder.write(shape, "{}");
    passes(GIB, true).get(BACKWARD_OF_4096);
    assertEquals(2, plans.compiled());
    assertTrue(folder.read(shape).orElseThrow().length() > 2);
  }

  private static PassAddresses addresses() {
    return new PassAddresses(
        at(QKV), at(OUT), at(LSE), at(DOUT), at(DELTA), at(DQKV), at(WORKSPACE));
  }

  private static DeviceAddress at(long value) {
    return new DeviceAddress(value);
  }

  private static long difference(Map<Long, DeviceAddress> part, TensorId from, TensorId to) {
    return part.get(to.id()).value() - part.get(from.id()).value();
  }

  private static void take(boolean[] taken, DeviceAddress first, int bytes) {
    int from = (int) (first.value() - QKV);
    for (int at = from; at < from + bytes; at++) {
      assertFalse(taken[at], "byte " + at + " of a row belongs to two groups");
      taken[at] = true;
    }
  }

  private static AttentionProblem problem(Pass pass, long tokens) {
    return documents(pass, tokens, 1);
  }

  private static AttentionProblem documents(Pass pass, long tokens, long segments) {
    return new AttentionProblem(pass, tokens, segments, 32, 8, 128, 0.1f, ElementType.BF16, true);
  }
}
