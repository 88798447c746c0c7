package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.device.cuda.CudaEmulation;
import org.memo.device.cuda.CudaOptions;
import org.memo.machine.DeviceName;

/** What a GPU, or the CUDA emulation, trains is what Hugging Face transformers trains. */
@Tag("cuda")
class CudaTrainingTest {
  /** One of each kind: biases and learned positions, tied, a window, biases of some. */
  private static final List<String> IN_BF16 =
      List.of("gpt2-documents", "llama-gqa-tied", "mistral-documents", "qwen2-masked-accumulated");

  @TempDir private Path folder;

  static List<GoldenCase> cases() {
    return GoldenCase.all();
  }

  static Stream<GoldenCase> casesInBf16() {
    return cases().stream().filter(golden -> IN_BF16.contains(golden.toString()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void swappingHalfOfTheTokensEqualsTransformers(GoldenCase golden) throws IOException {
    GoldenTrainingTest.trainAndCompare(golden, options(golden));
  }

  @ParameterizedTest
  @MethodSource("casesInBf16")
  void swappingHalfOfTheTokensInBf16IsNearTransformers(GoldenCase golden) {
    MixedPrecisionTest.compare(golden, options(golden));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2-masked-accumulated", "llama-gqa-tied"})
  void stepsAsCudaGraphsEqualTransformers(String name) throws IOException {
    GoldenCase golden =
        cases().stream().filter(c -> c.toString().equals(name)).findFirst().orElseThrow();
    long launchesBefore = graphLaunches();
    System.setProperty(CudaOptions.GRAPH, "1");
    try {
      GoldenTrainingTest.trainAndCompare(golden, options(golden));
    } finally {
      System.clearProperty(CudaOptions.GRAPH);
    }
    assertTrue(!CudaEmulation.isUsed() || graphLaunches() > launchesBefore);
  }

  @Test
  void nothingIsReservedAfterTheFirstStep() {
    List<Long> allocations = new ArrayList<>();
    RecordedRun.of(
        options(cases().getFirst()).build(),
        trainer -> allocations.add(trainer.deviceAllocations()));
    assertEquals(1, allocations.stream().distinct().count(), allocations.toString());
  }

  private static long graphLaunches() {
    return CudaEmulation.isUsed() ? CudaEmulation.calls("cudaGraphLaunch") : 0;
  }

  private TrainOptionsBuilder options(GoldenCase golden) {
    return GoldenTrainingTest.swapping(golden, folder, 0.5, 16).device(DeviceName.cuda(0));
  }
}
