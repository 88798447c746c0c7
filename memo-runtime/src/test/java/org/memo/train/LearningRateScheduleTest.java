package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The expected rates are those of Hugging Face transformers 5.18, printed with all digits. */
class LearningRateScheduleTest {
  @Test
  void cosineWithWarmupIsThatOfHuggingFace() {
    assertRates(
        new LearningRateSchedule(0.01, ScheduleKind.COSINE, 3, 10),
        0.0,
        0.003333333333333333,
        0.006666666666666666,
        0.01,
        0.009504844339512096,
        0.008117449009293669,
        0.006112604669781572,
        0.003887395330218428,
        0.0018825509907063327,
        0.0004951556604879049);
  }

  @Test
  void cosineWithoutWarmupStartsAtThePeak() {
    assertRates(
        new LearningRateSchedule(0.01, ScheduleKind.COSINE, 0, 4),
        0.01,
        0.008535533905932738,
        0.005,
        0.0014644660940672626);
  }

  @Test
  void linearWithWarmupIsThatOfHuggingFace() {
    assertRates(
        new LearningRateSchedule(0.01, ScheduleKind.LINEAR, 3, 10),
        0.0,
        0.003333333333333333,
        0.006666666666666666,
        0.01,
        0.008571428571428572,
        0.0071428571428571435,
        0.005714285714285714,
        0.004285714285714286,
        0.002857142857142857,
        0.0014285714285714286);
  }

  @Test
  void constantStaysAtItsPeakAfterTheWarmup() {
    assertRates(
        new LearningRateSchedule(0.01, ScheduleKind.CONSTANT, 3, 5),
        0.0,
        0.003333333333333333,
        0.006666666666666666,
        0.01,
        0.01);
  }

  @Test
  void aWarmupLongerThanTheRunIsCutWithIt() {
    LearningRateSchedule schedule = new LearningRateSchedule(1, ScheduleKind.COSINE, 100, 5);
    assertEquals(0.04, schedule.rateForStep(5), 1e-15);
  }

  private static void assertRates(LearningRateSchedule schedule, double... rates) {
    double[] actual =
        LongStream.rangeClosed(1, rates.length).mapToDouble(schedule::rateForStep).toArray();
    assertArrayEquals(rates, actual, 1e-17);
  }
}
