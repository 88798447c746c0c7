package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.memo.op.Collective;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.Gemm;
import org.memo.op.Operation;
import org.memo.planner.report.WorkKind;

class PlanPictureTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource("operations")
  void everyOperationHasTheColourOfItsKind(Class<?> operation) {
    assertEquals(expected(operation), PlanPicture.kind(operation.getSimpleName()));
  }

  static Stream<Class<?>> operations() {
    return Stream.of(Operation.class.getPermittedSubclasses())
        .flatMap(type ->
            type.isInterface() ? Stream.of(type.getPermittedSubclasses()) : Stream.of(type));
  }

  private static WorkKind expected(Class<?> operation) {
    if (Collective.class.isAssignableFrom(operation)) {
      return WorkKind.COLLECTIVE;
    }
    if (operation.getSimpleName().matches("(Flash|Ring)Attention(Forward|Backward)")) {
      return WorkKind.ATTENTION;
    }
    if (operation == Gemm.class) {
      return WorkKind.MATRIX;
    }
    if (operation == CopyToHost.class) {
      return WorkKind.COPY_OUT;
    }
    return operation == CopyToDevice.class ? WorkKind.COPY_IN : WorkKind.MEMORY_BOUND;
  }

  @Test
  void thePageHoldsSlabStreamsAndTotals() throws Exception {
    Path page = folder.resolve("plan.html");
    CommandLineRun run =
        CommandLineRun.of(
            new FakeTraining(),
            "plan",
            "--model",
            "gpt-7b",
            "--sequence-length",
            "64K",
            "--hardware",
            "a800-80gb",
            "--strategy",
            "swap",
            "--html",
            page.toString());
    assertEquals(0, run.exitCode(), run.err());
    String html = Files.readString(page);
    for (String part :
        List.of(
            "\"title\":\"gpt-7b, 65,536 tokens\"",
            "first moment",
            "kept tile 1",
            "FlashAttentionBackward",
            "before ",
            "[\"compute\",[",
            "[\"offload\",[",
            "[\"prefetch\",[",
            "[\"Stalls\",",
            "\"placeRanks\":8,\"nodeRanks\":8",
            "[\"forward\",31,")) {
      assertTrue(html.contains(part), part);
    }
  }
}
