package org.memo.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownCardTest {
  @ParameterizedTest
  @CsvSource({
    "NVIDIA H100 80GB HBM3, 79, 9, h100-80gb",
    "NVIDIA H200, 139, 9, h200-141gb",
    "NVIDIA A100-SXM4-80GB, 79, 8, a100-80gb",
    "NVIDIA A800-SXM4-80GB, 79, 8, a800-80gb",
    "NVIDIA B200, 178, 10, b200",
    "NVIDIA GeForce RTX 4090, 23, 8, rtx-4090-24gb"
  })
  void aKnownCardIsPlannedForByItsOwnFigures(
      String name, long gib, int computeMajor, String hardware) {
    KnownCard card = KnownCard.of(name, gib << 30, computeMajor);
    assertEquals(new KnownCard(card.hardware(), true), card);
    assertEquals(hardware, card.hardware().name());
  }

  @ParameterizedTest
  @CsvSource({
    "NVIDIA H100 PCIe, 79, 9, h100-80gb",
    "NVIDIA H100 NVL, 93, 9, h100-80gb",
    "NVIDIA A100-SXM4-40GB, 39, 8, a100-80gb",
    "NVIDIA L40S, 44, 8, a100-80gb",
    "NVIDIA GB200, 184, 10, b200"
  })
  void anyOtherByThoseOfItsGenerationWhichAreNotItsOwn(
      String name, long gib, int computeMajor, String hardware) {
    KnownCard card = KnownCard.of(name, gib << 30, computeMajor);
    assertFalse(card.isExact());
    assertEquals(hardware, card.hardware().name());
  }
}
