package org.memo.profile.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.UserInputException;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;

/** When the hardware file of this machine is used, and when it is measured again. */
class ThisMachineTest {
  private static final Hardware A100 = Hardware.named("a100-80gb");
  private static final Hardware MEASURED = Hardware.named("b200");
  private static final List<ElementType> TYPES = List.of(ElementType.F32, ElementType.BF16);

  @TempDir private Path folder;

  @Test
  void aFreshFileOfThisMachineIsUsed() throws IOException {
    Path file = write();
    assertEquals(A100, of(file, A100.description(), Duration.ofDays(29)));
  }

  @Test
  void anOldFileIsNot() throws IOException {
    Path file = write();
    assertEquals(MEASURED, of(file, A100.description(), Duration.ofDays(31)));
  }

  @Test
  void aFileOfAnotherMachineIsNot() throws IOException {
    Path file = write();
    assertEquals(MEASURED, of(file, "another processor", Duration.ZERO));
  }

  @Test
  void aFileThatLacksTheRatesOfATypeIsNot() throws IOException {
    Path file = folder.resolve("this.json");
    ThisMachine.write(withProductsIn(ElementType.BF16), file);
    assertEquals(MEASURED, of(file, A100.description(), Duration.ZERO));
  }

  @Test
  void whatIsNoHardwareFileIsNot() throws IOException {
    Path file = Files.writeString(folder.resolve("this.json"), "{}");
    assertEquals(MEASURED, of(file, "", Duration.ZERO));
    assertEquals(MEASURED, of(folder.resolve("absent.json"), "", Duration.ZERO));
  }

  @Test
  void aFolderThatCannotBeMadeIsTheUsersMistake() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThrows(
        UserInputException.class, () -> ThisMachine.write(A100, file.resolve("below/this.json")));
  }

  private Path write() {
    Path file = folder.resolve("new/folder/this.json");
    ThisMachine.write(A100, file);
    return file;
  }

  private static Hardware withProductsIn(ElementType type) {
    return new Hardware(
        A100.name(),
        A100.description(),
        A100.gpusPerNode(),
        A100.deviceMemoryBytes(),
        A100.reservedMemoryBytes(),
        A100.hostMemoryBytes(),
        A100.launchSeconds(),
        new TreeMap<>(Map.of(type, A100.matrix().get(type))),
        A100.attention(),
        A100.memory(),
        A100.copies(),
        A100.intraNode(),
        A100.interNode());
  }

  private static Hardware of(Path file, String description, Duration age) throws IOException {
    Instant written =
        Files.exists(file) ? Files.getLastModifiedTime(file).toInstant() : Instant.EPOCH;
    return ThisMachine.hardware(file, description, TYPES, written.plus(age), () -> MEASURED);
  }
}
