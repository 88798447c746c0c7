package org.memo.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

class TableFormatTest {
  @Test
  void whatAFailedBenchmarkSaidIsShownAndTheOthersGoOn() throws RunnerException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TableFormat table = new TableFormat(new PrintStream(out, true, UTF_8));
    new Runner(
            new OptionsBuilder()
                .include("DowncallBenchmark.plain|CopyToHostBenchmark")
                .param("device", "nothing")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(1))
                .build(),
            table)
        .run();
    String text = out.toString(UTF_8);
    assertTrue(text.contains("device is nothing, it may be"), text);
    assertTrue(text.lines().anyMatch(line -> line.startsWith("Downcall.plain ")), text);
  }
}
