package org.memo.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.memo.benchmark.kernel.KernelChecks;
import org.memo.op.AttentionDelta;
import org.memo.op.Collective;
import org.memo.op.CopyColumns;
import org.memo.op.Operation;
import org.memo.op.RingAttentionBackward;
import org.memo.planner.cost.ElementType;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Every benchmark's check passes, on small and odd sizes and without measuring. */
class BenchmarkAnswersTest {
  /** The processor, or what a run on a GPU names. */
  private static final String DEVICE = System.getProperty("memo.test.device", "host");

  @TestFactory
  Stream<DynamicTest> theAnswerIsRight() {
    return benchmarkClasses().stream()
        .map(name -> DynamicTest.dynamicTest(name, () -> check(Class.forName(name))));
  }

  /** They copy and sum little beside a ring's forward block, or do its kernel's work again. */
  private static final Set<Class<?>> BESIDE_A_RING =
      Set.of(AttentionDelta.class, CopyColumns.class, RingAttentionBackward.class);

  @Test
  void everyOperationHasABenchmark() {
    Set<String> operations =
        Arrays.stream(Operation.class.getPermittedSubclasses())
            .filter(type -> type != Collective.class) // takes several ranks
            .filter(type -> !BESIDE_A_RING.contains(type))
            .map(type -> type.getSimpleName() + "Benchmark")
            .collect(Collectors.toCollection(TreeSet::new));
    for (String name : benchmarkClasses()) {
      operations.remove(name.substring(name.lastIndexOf('.') + 1));
    }
    assertEquals(Set.of(), operations);
  }

  @Test
  void theHostsLimitsAreMeasured() {
    Machine machine = Machine.of("host");
    assertTrue(machine.copiedBytesPerSecond(2) > 1e8);
    assertTrue(machine.memoryBytesPerSecond() > 1e8);
    assertTrue(machine.productFlopsPerSecond(ElementType.F32) > 1e8);
  }

  private static void check(Class<?> type) throws ReflectiveOperationException {
    Object benchmark = type.getDeclaredConstructor().newInstance();
    switch (benchmark) {
      case DowncallBenchmark downcalls -> downcalls.check();
      case CopyBenchmark copies -> check(copies);
      case OrdinaryCopyBenchmark copies -> check(copies);
      case StreamCallBenchmark calls -> check(calls);
      default -> KernelChecks.check(benchmark, DEVICE);
    }
  }

  private static void check(CopyBenchmark copies) {
    copies.device = DEVICE;
    copies.pieceMib = 1;
    copies.totalMib = 3;
    copies.open();
    copies.close();
  }

  private static void check(OrdinaryCopyBenchmark copies) {
    copies.device = DEVICE;
    copies.pieceMib = 1;
    copies.open();
    copies.close();
  }

  private static void check(StreamCallBenchmark calls) {
    calls.device = DEVICE;
    calls.open();
    calls.submit();
    calls.record();
    calls.synchronizeIdle();
    calls.close();
  }

  private static Set<String> benchmarkClasses() {
    OutputFormat silent = OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);
    return BenchmarkList.defaultList().getAll(silent, List.of()).stream()
        .map(BenchmarkListEntry::getUserClassQName)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
