package org.memo.device.cuda.cudnn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.device.cuda.AttentionProblem;
import org.memo.device.cuda.AttentionProblem.Pass;
import org.memo.planner.cost.ElementType;

/** The engine on a machine that has cuDNN and no GPU. */
@Tag("cudnn")
class CudnnEngineTest {
  private static final AttentionProblem FORWARD = problem(Pass.FORWARD);
  private static final AttentionProblem BACKWARD = problem(Pass.BACKWARD);

  @TempDir private Path cache;

  @BeforeAll
  static void requireCudnn(@TempDir Path folder) {
    DescribedGpu.requireCudnn(folder);
  }

  private CudnnEngine engine(boolean nondeterministic) {
    return new CudnnEngine("H100 9.0", cache, 1L << 30, nondeterministic);
  }

  @Test
  void itsNameHasTheVersion() {
    try (CudnnEngine engine = engine(false)) {
      assertTrue(engine.name().matches("cuDNN 9\\.\\d+\\.\\d+"), engine.name());
    }
  }

  @Test
  void sumsInAnyOrderAreOnlyUsedWhereTheyAreAllowed() {
    try (CudnnEngine strict = engine(false);
        CudnnEngine free = engine(true)) {
      assertTrue(strict.isDeterministic(BACKWARD));
      assertFalse(free.isDeterministic(BACKWARD));
      assertTrue(free.isDeterministic(FORWARD));
    }
  }

  @Test
  void cudnnThatCannotStartRefusesWithItsOwnWords() {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "cuDNN starts here");
    try (CudnnEngine engine = engine(false)) {
      String reason = engine.refusal(FORWARD).orElseThrow();
      assertTrue(reason.startsWith("cudnnCreate failed: CUDNN_STATUS_NOT_INITIALIZED"), reason);
      assertEquals(Optional.of(reason), engine.refusal(BACKWARD));
      assertThrows(
          UnsupportedOperationException.class, () -> engine.workspaceBytes(FORWARD), reason);
    }
  }

  private static AttentionProblem problem(Pass pass) {
    return new AttentionProblem(pass, 4096, 1, 32, 8, 128, 0.1f, ElementType.BF16, true);
  }
}
