package org.memo.profile.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.memo.planner.cost.AttentionRate;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;

/** What a device's hardware file holds, of a device with very little to do. */
class DeviceProfilerTest {
  @Test
  void aProfileHasARateOfEverythingThatAPlanAsksFor() {
    List<String> said = new ArrayList<>();
    Hardware hardware = DeviceProfiler.of(small(), said::add).hardware();
    assertTrue(hardware.description().startsWith("a small device, "), hardware.description());
    assertTrue(hardware.peakFlops(ElementType.F32) > 0);
    SortedMap<ElementType, AttentionRate> attention = hardware.attention();
    assertEquals(Set.of(ElementType.F32, ElementType.BF16), attention.keySet());
    assertEquals(Set.of(32, 64), attention.get(ElementType.F32).byHeadSize().keySet());
    assertTrue(hardware.memory().bytesPerSecondByKind().containsKey("AdamW"));
    assertTrue(hardware.copies().toHost().oneGpuBytesPerSecond().value() > 0);
    assertTrue(said.contains("matrix products in f32"), said.toString());
  }

  private static ProfiledDevice small() {
    ProfiledDevice host = ProfiledDevice.ofHost(1);
    return new ProfiledDevice(
        "a small device",
        "small",
        host.devices(),
        host.types(),
        TestSizes.SMALL,
        host.deviceMemoryBytes(),
        host.reservedMemoryBytes(),
        host.hostMemoryBytes());
  }
}
