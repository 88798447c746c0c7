package org.memo.planner.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HardwareTest {
  @TempDir Path folder;

  static List<String> names() {
    return Hardware.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyFileIsReadAndBearsItsName(String name) {
    Hardware hardware = Hardware.named(name);
    assertEquals(name, hardware.name());
    assertTrue(hardware.usableDeviceBytes() > 20e9);
    assertTrue(hardware.matrix().containsKey(ElementType.F32));
    assertTrue(hardware.matrix().containsKey(ElementType.BF16));
    assertEquals(hardware.matrix().keySet(), hardware.attention().keySet());
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyNumberSaysWhereItComesFrom(String name) throws ReflectiveOperationException {
    List<Sourced> numbers = new ArrayList<>();
    collect(Hardware.named(name), numbers);
    assertTrue(numbers.size() >= 30, () -> "only " + numbers.size());
    for (Sourced number : numbers) {
      assertTrue(number.source().length() >= 7, number::toString);
    }
  }

  /** Also finds raw doubles, which would have no source. */
  private static void collect(Object part, List<Sourced> numbers)
      throws ReflectiveOperationException {
    if (part instanceof Sourced number) {
      numbers.add(number);
    } else if (part instanceof Map<?, ?> map) {
      for (Object value : map.values()) {
        collect(value, numbers);
      }
    } else if (part instanceof Record) {
      for (RecordComponent component : part.getClass().getRecordComponents()) {
        collect(component.getAccessor().invoke(part), numbers);
      }
    } else {
      assertTrue(part instanceof String || part instanceof Integer, () -> "a bare " + part);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void noRateIsAboveItsPeak(String name) {
    Hardware hardware = Hardware.named(name);
    hardware
        .matrix()
        .forEach((type, rate) -> {
          double peak = rate.peakFlops().value();
          assertTrue(rate.sustainedFlops().value() <= peak);
          for (AttentionFlops flops : hardware.attention().get(type).byHeadSize().values()) {
            assertTrue(flops.forwardFlops().value() <= peak);
            assertTrue(flops.backwardFlops().value() <= flops.forwardFlops().value());
          }
        });
  }

  @ParameterizedTest
  @MethodSource("names")
  void writingAndReadingGivesTheSameHardware(String name) {
    Hardware hardware = Hardware.named(name);
    Path file = folder.resolve("hardware.json");
    hardware.write(file);
    assertEquals(hardware, Hardware.read(file));
  }

  @Test
  void anAliasNamesTheSameHardware() {
    assertEquals(Hardware.named("h200-141gb"), Hardware.named("h200"));
  }

  @Test
  void anUnknownNameIsAnsweredWithTheKnownOnes() {
    String message = failure(() -> Hardware.named("h300"));
    assertTrue(message.contains("h300") && message.contains("a800-80gb, a100-80gb"), message);
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = folder.resolve("none.json");
    assertEquals("there is no hardware file " + file, failure(() -> Hardware.read(file)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "gpus_per_node" : 8              | "gpus_per_node" : 0              | gpus_per_node is 0; it must be at least 1
          "gpus_per_node" : 8              | "gpus_per_node" : "x"            | key gpus_per_node: Cannot
          "gpus_per_node" : 8,             | " "                              | line 5: Unexpected character
          "gpus_per_node" : 8,             | "gpu" : 8, "gpus_per_node" : 8,  | key gpu: hardware files have no such key
          "gpus_per_node" : 8,             | "gpus_per_nodes" : 8,            | key gpus_per_node: it is missing
          "value" : 3.12E14                | "value" : 0                      | key matrix.bf16.peak_flops: value is 0.0; it must be a number above 0
          "value" : 3.12E14                | "value" : -1                     | key matrix.bf16.peak_flops: value is -1.0
          "value" : 3.12E14                | "value" : "NaN"                  | key matrix.bf16.peak_flops: value is NaN
          "value" : 3.12E14                | "valu" : 1                       | key matrix.bf16.peak_flops.value: it is missing
          "value" : 3.12E14,               | " "                              | Unexpected character
          "value" : 0.85                   | "value" : 1.5                    | key memory: achieved_fraction is 1.5; it must be above 0 and at most 1
          "value" : 0.7                    | "value" : 0.4                    | key copies: both_directions_fraction is 0.4; it must be from 0.5
          "value" : 1.24E10                | "value" : 9E10                   | key copies.to_host: all_gpus_bytes_per_second is 9.0E10, above
          "bf16"                           | "fp8"                            | key matrix: not one of the values accepted for Enum class: [f32, bf16]
          """)
  void aBadFileIsAnsweredWithFileAndKey(String text, String replacement, String complaint)
      throws IOException {
    Path file = folder.resolve("bad.json");
    Hardware.named("a800-80gb").write(file);
    String good = Files.readString(file);
    int at = good.indexOf(text);
    assertTrue(at >= 0, () -> text + " is not in " + good);
    Files.writeString(
        file, good.substring(0, at) + replacement + good.substring(at + text.length()));
    String message = failure(() -> Hardware.read(file));
    assertTrue(message.startsWith("hardware file " + file), message);
    assertTrue(message.contains(complaint), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void aBlankSourceIsRefused() throws IOException {
    Path file = folder.resolve("blank.json");
    Hardware.named("b200").write(file);
    Files.writeString(
        file,
        Files.readString(file)
            .replaceFirst("\"source\" : \"NVIDIA DGX B200[^\"]*\"", "\"source\" : \" \""));
    String message = failure(() -> Hardware.read(file));
    assertTrue(message.contains("key host_memory_bytes: source is empty"), message);
  }

  private static String failure(org.junit.jupiter.api.function.Executable call) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
