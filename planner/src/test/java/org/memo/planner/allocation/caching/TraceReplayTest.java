package org.memo.planner.allocation.caching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;

class TraceReplayTest {

  private static final long MIB = 1L << 20;

  @Test
  void theSetupRunsOnceAndThePhasesInEveryStep() {
    Usage once = CachingAllocator.replay(trace(), 1, new Settings(Long.MAX_VALUE, false));
    // weights 40; a 30 and b 50 beside each other, then c 60 in neither of their segments
    assertEquals(new Usage(180 * MIB, 120 * MIB, 4, 0, true), once);
    Usage tenTimes = CachingAllocator.replay(trace(), 10, new Settings(Long.MAX_VALUE, false));
    assertEquals(once, tenTimes);
    assertEquals(1 / 3.0, once.fragmentation());
  }

  @Test
  void expandableSegmentsTakeNoMoreThanTheHighestAddress() {
    Usage usage = CachingAllocator.replay(trace(), 3, new Settings(Long.MAX_VALUE, true));
    assertEquals(new Usage(120 * MIB, 120 * MIB, 1, 0, true), usage);
    assertEquals(0, usage.fragmentation());
  }

  @Test
  void aFullDeviceGivesBackWhatFitsNobody() {
    // c comes when a's and b's segments are given back; then a shares c's segment, and b gets a new
    // one; from then on all find room in these.
    Usage usage = CachingAllocator.replay(trace(), 9, new Settings(150 * MIB, false));
    assertEquals(new Usage(150 * MIB, 120 * MIB, 3, 1, true), usage);
  }

  @Test
  void aDeviceThatHoldsOneStepNeedNotHoldTheNext() {
    Settings settings = new Settings(130 * MIB, false);
    assertEquals(
        new Usage(120 * MIB, 120 * MIB, 2, 1, true), CachingAllocator.replay(trace(), 1, settings));
    Usage twoSteps = CachingAllocator.replay(trace(), 2, settings);
    assertFalse(twoSteps.fits(), "a cuts c's segment, which can no longer be given back for b");
    assertEquals(2, twoSteps.retries());
    assertTrue(CachingAllocator.replay(trace(), 2, new Settings(130 * MIB, true)).fits());
  }

  @Test
  void figuresThatMeanNothingAreRefused() {
    Settings settings = new Settings(1, false);
    assertThrows(
        IllegalArgumentException.class, () -> CachingAllocator.replay(trace(), 0, settings));
    assertThrows(IllegalArgumentException.class, () -> new Settings(0, true));
  }

  @Test
  void anEmptyTraceTakesNothing() {
    RequestTrace empty = new RequestTraceRecorder().trace();
    Usage usage = CachingAllocator.replay(empty, 5, new Settings(1, true));
    assertEquals(new Usage(0, 0, 0, 0, true), usage);
    assertEquals(0, usage.fragmentation());
  }

  private static RequestTrace trace() {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection(RequestTrace.SETUP);
    recorder.malloc("weights", 40 * MIB);
    recorder.beginSection("forward");
    long a = recorder.malloc("a", 30 * MIB);
    long b = recorder.malloc("b", 50 * MIB);
    recorder.free(a);
    recorder.free(b);
    recorder.beginSection("backward");
    recorder.free(recorder.malloc("c", 60 * MIB));
    return recorder.trace();
  }
}
