package org.memo.device.cuda.cudnn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanFolderTest {
  private static final PlanShape SHAPE =
      CudnnPlanTest.shape(PlanShape.Kind.BACKWARD_ACCUMULATING, 4096, 32, 8, 128);
  private static final PlanShape OTHER_SHAPE =
      CudnnPlanTest.shape(PlanShape.Kind.BACKWARD_ACCUMULATING, 4096, 32, 8, 64);
  private static final String PLAN = "{\"kernel\":\"\\u0001 \\\"quoted\\\" \u00e9\"}";

  @TempDir private Path cache;

  private PlanFolder folder(long version, String device) {
    return new PlanFolder(cache.resolve("new"), version, device);
  }

  @Test
  void aPlanIsReadAsItWasWritten() {
    PlanFolder folder = folder(92400, "NVIDIA H100 80GB HBM3 9.0");
    assertEquals(Optional.empty(), folder.read(SHAPE));
    folder.write(SHAPE, "first");
    folder.write(SHAPE, PLAN);
    assertEquals(Optional.of(PLAN), folder.read(SHAPE));
    assertEquals(Optional.empty(), folder.read(OTHER_SHAPE));
  }

  @Test
  void plansOfOtherVersionsAndDevicesAreKeptApart() {
    folder(92400, "H100 9.0").write(SHAPE, PLAN);
    assertEquals(Optional.empty(), folder(92401, "H100 9.0").read(SHAPE));
    assertEquals(Optional.empty(), folder(92400, "A100 8.0").read(SHAPE));
  }

  @Test
  void aFileThatWasMovedFromAnotherDeviceShapeOrVersionCountsAsMissing() throws IOException {
    PlanFolder folder = folder(92400, "H100 9.0");
    folder.write(SHAPE, PLAN);
    for (PlanFolder other : List.of(folder(92400, "A100 8.0"), folder(92300, "H100 9.0"))) {
      Files.createDirectories(other.file(SHAPE).getParent());
      Files.copy(folder.file(SHAPE), other.file(SHAPE));
      assertEquals(Optional.empty(), other.read(SHAPE));
    }
    Files.copy(folder.file(SHAPE), folder.file(OTHER_SHAPE));
    assertEquals(Optional.empty(), folder.read(OTHER_SHAPE));
  }

  @Test
  void aFileWithAnyByteChangedOrCutOffCountsAsMissing() throws IOException {
    PlanFolder folder = folder(92400, "H100 9.0");
    folder.write(SHAPE, PLAN);
    byte[] whole = Files.readAllBytes(folder.file(SHAPE));
    for (int at = 0; at < whole.length; at++) {
      byte[] changed = whole.clone();
      changed[at] ^= 1;
      Files.write(folder.file(SHAPE), changed);
      assertEquals(Optional.empty(), folder.read(SHAPE), "byte " + at);
      Files.write(folder.file(SHAPE), java.util.Arrays.copyOf(whole, at));
      assertEquals(Optional.empty(), folder.read(SHAPE), at + " bytes");
    }
  }

  @Test
  void nothingElseStaysInTheFolder() throws IOException {
    PlanFolder folder = folder(92400, "H100 9.0");
    folder.write(SHAPE, PLAN);
    folder.write(SHAPE, PLAN);
    try (Stream<Path> files = Files.list(folder.file(SHAPE).getParent())) {
      assertEquals(List.of(folder.file(SHAPE)), files.toList());
    }
  }

  @Test
  void aFolderThatCannotBeMadeLeavesThePlanOutOfTheCache() throws IOException {
    Files.writeString(cache.resolve("new"), "a file");
    PlanFolder folder = folder(92400, "H100 9.0");
    folder.write(SHAPE, PLAN);
    assertEquals(Optional.empty(), folder.read(SHAPE));
  }
}
