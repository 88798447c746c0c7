package org.memo.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TableRowTest {
  @Test
  void aRowShowsTheRateBesideTheLimitAndTheShare() {
    TableRow row = new TableRow("Gemm", "tokens=512", 2e-3, 1.05, RateUnit.FLOPS, 60e9, 80e9);
    assertEquals(
        "Gemm 2.00 ms 1.05 60.0 GFLOP/s 80.0 GFLOP/s 75 % tokens=512",
        row.toString().replaceAll(" +", " ").strip());
  }

  @Test
  void theBenchmarksOnlyMethodIsNotNamed() {
    assertEquals("Gemm", TableRow.name("org.memo.benchmark.kernel.GemmBenchmark.run"));
    assertEquals("Downcall.plain", TableRow.name("org.memo.benchmark.DowncallBenchmark.plain"));
  }
}
