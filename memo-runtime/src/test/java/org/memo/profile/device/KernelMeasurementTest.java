package org.memo.profile.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceFactory;
import org.memo.device.host.HostDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.Gemm;
import org.memo.op.Operation;
import org.memo.op.RingAttentionBackward;
import org.memo.op.RingAttentionForward;
import org.memo.op.RotaryTable;
import org.memo.planner.cost.ElementType;

class KernelMeasurementTest {
  /** Measured apart; the table of rotations is small and made once for a micro-batch. */
  private static final Set<Class<?>> OTHERS =
      Set.of(
          Gemm.class,
          FlashAttentionForward.class,
          FlashAttentionBackward.class,
          RingAttentionForward.class,
          RingAttentionBackward.class,
          CopyToHost.class,
          CopyToDevice.class,
          RotaryTable.class);

  private static final DeviceFactory HOST = (slab, pool) -> new HostDevice(slab, pool, 1);

  @Test
  void everyOperationThatMemoryBoundsIsTimed() {
    Map<Operation, Double> seconds;
    try (Workbench bench = new Workbench(HOST, TestSizes.SMALL)) {
      seconds = KernelMeasurement.measure(bench, ElementType.BF16);
    }
    assertTrue(seconds.values().stream().allMatch(time -> time > 0), seconds::toString);
    Set<String> timed =
        seconds.keySet().stream()
            .map(Operation::name)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> expected =
        Stream.of(Operation.class.getPermittedSubclasses())
            .filter(kind -> !kind.isInterface() && !OTHERS.contains(kind)) // collectives: no rank
            .map(Class::getSimpleName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(expected, timed);
  }
}
