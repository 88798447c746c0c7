package org.memo.device.host;

import java.util.concurrent.CountDownLatch;
import org.memo.device.Event;

/** An event as a fence: a latch that the recording stream opens when it gets there. */
final class HostEvent implements Event {
  private final String name;
  private volatile CountDownLatch newest = new CountDownLatch(0);

  HostEvent(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  /** Starts a new record; the caller opens it when its stream has passed this point. */
  CountDownLatch renew() {
    CountDownLatch fence = new CountDownLatch(1);
    newest = fence;
    return fence;
  }

  CountDownLatch newest() {
    return newest;
  }

  @Override
  public void synchronize() {
    Uninterruptibly.run(newest::await);
  }
}
