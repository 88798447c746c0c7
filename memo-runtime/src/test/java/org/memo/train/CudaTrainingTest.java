package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

  @Test
  void nothingIsReservedAfterTheFirstStep() {
    List<Long> allocations = new ArrayList<>();
    RecordedRun.of(
        options(cases().getFirst()).build(),
        trainer -> allocations.add(trainer.deviceAllocations()));
    assertEquals(1, allocations.stream().distinct().count(), allocations.toString());
  }

  private TrainOptionsBuilder options(GoldenCase golden) {
    return GoldenTrainingTest.swapping(golden, folder, 0.5, 16).device(DeviceName.cuda(0));
  }
}
