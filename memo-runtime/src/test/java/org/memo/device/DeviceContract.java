package org.memo.device;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.memo.op.ZeroFill;

/** What every device holds to, also one that only records: streams and events. */
abstract class DeviceContract {
  static final long SLAB_BYTES = 1 << 20;
  private static final long POOL_BYTES = 1 << 20;

  Device device;

  /** A device with memories of these sizes. */
  abstract Device open(long slabBytes, long poolBytes);

  @BeforeEach
  void openDevice() {
    device = open(SLAB_BYTES, POOL_BYTES);
  }

  @AfterEach
  void closeDevice() {
    device.close();
  }

  /** In a thread of its own, which a device that hangs can be left to, and which drives it. */
  @Test
  void streamsRunBesideEachOther() {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          try (Device own = open(SLAB_BYTES, POOL_BYTES)) {
            Stream waiting = own.createStream("waiting");
            Stream working = own.createStream("working");
            Event start = own.createEvent("start");
            Event reply = own.createEvent("reply");
            working.submit(new ZeroFill(new DeviceRegion(0, 64)));
            working.record(start);
            waiting.await(start);
            waiting.record(reply);
            working.await(reply);
            working.synchronize();
            waiting.synchronize();
          }
        });
  }

  @Test
  void anEventThatWasNeverRecordedHoldsNobodyUp() {
    Stream stream = device.createStream("stream");
    Event never = device.createEvent("never");
    stream.await(never);
    stream.synchronize();
    never.synchronize();
  }

  @Test
  void aStreamThatWaitsCountsItsStall() {
    Stream stream = device.createStream("stream");
    stream.synchronize();
    assertTrue(stream.stalledNanos() >= 0);
  }

  @Test
  void aLongProgramRunsToItsEnd() {
    Stream first = device.createStream("first");
    Stream second = device.createStream("second");
    Event ping = device.createEvent("ping");
    Event pong = device.createEvent("pong");
    for (int i = 0; i < 20_000; i++) {
      first.record(ping);
      second.await(ping);
      second.record(pong);
      first.await(pong);
    }
    first.synchronize();
    second.synchronize();
  }

  @Test
  void closingTwiceIsHarmless() {
    device.createStream("stream");
    device.close();
    device.close();
  }
}
