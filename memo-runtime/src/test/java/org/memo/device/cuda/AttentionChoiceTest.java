package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.device.DeviceRegion;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;

@Tag("cuda")
class AttentionChoiceTest {
  private static final CudaOptions OPTIONS =
      new CudaOptions(0, false, Optional.empty(), false, 0, false, false);
  private static final int SLOW_FILLS = 400;

  @TempDir private Path cache;

  private final List<String> ran = new ArrayList<>();
  private final ClosingStack owned = new ClosingStack();
  private SlabMemory slab;
  private StreamScratch scratch;
  private RememberedEngines remembered = RememberedEngines.none();

  @BeforeEach
  void openTheGpu() {
    CudaRuntime.setDevice(0);
    slab = SlabMemory.reserve(0, 1 << 20);
    owned.own(slab::close);
    CudaStreamHandle stream = CudaStreams.createStream();
    owned.own(() -> CudaStreams.destroy(stream));
    scratch = new StreamScratch(stream, 0, new AllocationCount(), new HostWait(null), () -> {});
    owned.own(scratch::close);
  }

  @AfterEach
  void closeTheGpu() {
    CudaStreams.synchronize(scratch.stream());
    owned.close();
  }

  @Test
  void theOnlyEngineIsNotTimed() {
    choice(OPTIONS, new Fake("only")).forward(forward(1), slab, scratch);
    assertEquals(List.of("only forward"), ran);
  }

  @Test
  void theFasterEngineIsUsedFromThenOn() {
    AttentionChoice choice = choice(OPTIONS, new Fake("slow").slow(), new Fake("fast"));
    choice.forward(forward(1), slab, scratch);
    ran.clear();
    choice.forward(forward(1), slab, scratch);
    assertEquals(List.of("fast forward"), ran);
    String report = choice.report().getFirst();
    assertTrue(report.startsWith("FORWARD T=64 segments=1 H=2 K=1 D=8 F32: fast; slow took "));
  }

  @Test
  void whatWasTheFastestStaysChosenInLaterRuns() {
    remembered = RememberedEngines.of(cache, "a card");
    choice(OPTIONS, new Fake("slow").slow(), new Fake("fast")).forward(forward(1), slab, scratch);
    ran.clear();
    AttentionChoice later = choice(OPTIONS, new Fake("slow"), new Fake("fast").slow());
    later.forward(forward(1), slab, scratch);
    assertEquals(List.of("fast forward"), ran);
    assertTrue(later.report().getFirst().endsWith("fast; the fastest when it was measured first"));
  }

  @Test
  void otherEnginesOrABrokenFileAreMeasuredAgain() throws IOException {
    remembered = RememberedEngines.of(cache, "a card");
    choice(OPTIONS, new Fake("slow").slow(), new Fake("fast")).forward(forward(1), slab, scratch);
    ran.clear();
    choice(OPTIONS, new Fake("new"), new Fake("fast").slow()).forward(forward(1), slab, scratch);
    assertEquals("new forward", ran.getLast());
    Path file = cache.resolve("attention-engines").resolve("a-card.properties");
    assertEquals(2, Files.readAllLines(file).stream().filter(line -> line.contains("=")).count());
    Files.writeString(file, "\\u00"); // no escape
    ran.clear();
    choice(OPTIONS, new Fake("slow").slow(), new Fake("fast")).forward(forward(1), slab, scratch);
    assertTrue(ran.size() > 1, "measured");
  }

  @Test
  void forwardAndBackwardAreChosenApart() {
    AttentionChoice choice =
        choice(OPTIONS, new Fake("one").refusing("BACKWARD"), new Fake("two").refusing("FORWARD"));
    choice.forward(forward(1), slab, scratch);
    choice.backward(backward(), slab, scratch);
    assertEquals(List.of("one forward", "two backward"), ran);
  }

  @Test
  void anyNumberOfSegmentsIsOneProblemButOneSegmentAnother() {
    AttentionChoice choice = choice(OPTIONS, new Fake("only"));
    choice.forward(forward(1), slab, scratch);
    choice.forward(forward(2), slab, scratch);
    choice.forward(forward(5), slab, scratch);
    assertEquals(2, choice.report().size());
  }

  @Test
  void sumsInAnyOrderAreUsedOnlyWhereTheyAreAllowed() {
    Fake fixed = new Fake("fixed").slow();
    Fake free = new Fake("free").nondeterministic();
    choice(OPTIONS, fixed, free).forward(forward(1), slab, scratch);
    assertEquals(List.of("fixed forward"), ran);
    ran.clear();
    CudaOptions allowing = new CudaOptions(0, false, Optional.empty(), true, 0, false, false);
    choice(allowing, fixed, free).forward(forward(1), slab, scratch);
    assertEquals("free forward", ran.getLast());
  }

  @Test
  void anEngineCanBeNamed() {
    Fake slow = new Fake("slow 1.0").slow();
    choice(OPTIONS.withAttentionEngine("slow"), slow, new Fake("fast"))
        .forward(forward(1), slab, scratch);
    assertEquals(List.of("slow 1.0 forward"), ran);
  }

  @Test
  void whereNoEngineMayTheMessageSaysWhyEachMayNot() {
    AttentionChoice choice =
        choice(OPTIONS, new Fake("one").refusing("FORWARD"), new Fake("two").nondeterministic());
    String message =
        assertThrows(
                UnsupportedOperationException.class,
                () -> choice.forward(forward(1), slab, scratch))
            .getMessage();
    assertTrue(message.contains("FORWARD T=64 segments=1"), message);
    assertTrue(message.contains("not one (it cannot FORWARD)"), message);
    assertTrue(message.contains("not two (its sums are in no fixed order)"), message);
    assertTrue(message.contains("not three (it is missing)"), message);
  }

  @Test
  void anEngineGetsTheScratchThatItAsksFor() {
    long much = StreamScratch.BYTES + 4096;
    choice(OPTIONS, new Fake("hungry").asking(much)).forward(forward(1), slab, scratch);
    assertEquals(List.of("hungry forward"), ran);
    CudaEmulation.assume();
    CudaEmulation.setMemory(1L << 32);
    choice(OPTIONS, new Fake("hungry").asking(1L << 40), new Fake("modest"))
        .forward(forward(1), slab, scratch);
    assertEquals("modest forward", ran.getLast());
  }

  private AttentionChoice choice(CudaOptions options, AttentionEngine... engines) {
    AttentionChoice choice =
        new AttentionChoice(
            List.of(engines), List.of("not three (it is missing)"), options, remembered);
    owned.own(choice::close);
    return choice;
  }

  private static FlashAttentionForward forward(int segments) {
    AttentionShape shape = new AttentionShape(64, 2, 1, 8, 1, segments + 1, 1);
    return new FlashAttentionForward(
        new DeviceRegion(0, 64 * 32 * 4),
        new DeviceRegion(16384, 64 * 16 * 4),
        new DeviceRegion(32768, 64 * 2 * 4),
        new DeviceRegion(65536, 8L * (segments + 1)),
        shape);
  }

  private static FlashAttentionBackward backward() {
    FlashAttentionForward forward = forward(1);
    return new FlashAttentionBackward(
        forward.qkv(),
        forward.out(),
        forward.out(),
        forward.logSumExp(),
        forward.logSumExp(),
        forward.qkv(),
        forward.segmentOffsets(),
        forward.shape());
  }

  /** Fills memory instead of attending. */
  private final class Fake implements AttentionEngine {
    private final String name;
    private boolean deterministic = true;
    private String refusedPass = "";
    private long workspaceBytes;
    private int fills = 1;

    Fake(String name) {
      this.name = name;
    }

    Fake slow() {
      fills = SLOW_FILLS;
      return this;
    }

    Fake nondeterministic() {
      deterministic = false;
      return this;
    }

    Fake refusing(String pass) {
      refusedPass = pass;
      return this;
    }

    Fake asking(long bytes) {
      workspaceBytes = bytes;
      return this;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public boolean isDeterministic(AttentionProblem problem) {
      return deterministic;
    }

    @Override
    public Optional<String> refusal(AttentionProblem problem) {
      return problem.pass().name().equals(refusedPass)
          ? Optional.of("it cannot " + refusedPass)
          : Optional.empty();
    }

    @Override
    public long workspaceBytes(AttentionProblem problem) {
      return workspaceBytes;
    }

    @Override
    public void forward(FlashAttentionForward operation, AttentionQueue queue) {
      run("forward", queue);
    }

    @Override
    public void backward(FlashAttentionBackward operation, AttentionQueue queue) {
      run("backward", queue);
    }

    @Override
    public void close() {}

    private void run(String pass, AttentionQueue queue) {
      ran.add(name + " " + pass);
      assertTrue(queue.workspaceBytes() >= workspaceBytes);
      for (int i = 0; i < fills; i++) {
        long bytes = Math.min(1 << 20, queue.workspaceBytes());
        CudaMemory.fill(queue.workspace(), 0, bytes, queue.stream());
      }
    }
  }
}
