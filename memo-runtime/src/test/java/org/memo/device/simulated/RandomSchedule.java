package org.memo.device.simulated;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.MemoryRegion;
import org.memo.device.simulated.SimulatedDevice.EventAwaited;
import org.memo.device.simulated.SimulatedDevice.EventRecorded;
import org.memo.device.simulated.SimulatedDevice.EventSynchronized;
import org.memo.device.simulated.SimulatedDevice.HostAccessed;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.device.simulated.SimulatedDevice.StreamSynchronized;
import org.memo.device.simulated.SimulatedDevice.Submitted;
import org.memo.op.CopyOnDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.Operation;
import org.memo.op.ZeroFill;

/** Draws small schedules of copies between a few bytes, some of which race. */
final class RandomSchedule {
  private final Random random;
  private final int streams;
  private final int memoryBytes;

  RandomSchedule(Random random) {
    this.random = random;
    this.streams = 1 + random.nextInt(4);
    this.memoryBytes = 4 + random.nextInt(60);
  }

  List<Recorded> draw() {
    List<Recorded> schedule = new ArrayList<>();
    int length = 2 + random.nextInt(30);
    for (int i = 0; i < length; i++) {
      schedule.add(entry());
    }
    return schedule;
  }

  private Recorded entry() {
    return switch (random.nextInt(20)) {
      case 0, 1, 2, 3 -> new EventRecorded(stream(), event());
      case 4, 5, 6, 7 -> new EventAwaited(stream(), event());
      case 8 -> new EventSynchronized(event());
      case 9 -> new StreamSynchronized(stream());
      case 10 -> new HostAccessed("access", hostAccessed(), random.nextBoolean());
      default -> new Submitted(stream(), operation());
    };
  }

  private Operation operation() {
    long size = random.nextInt(1 + memoryBytes / 2);
    return switch (random.nextInt(4)) {
      case 0 -> new ZeroFill(slab(size));
      case 1 -> new CopyOnDevice(slab(size), slab(size));
      case 2 -> new CopyToHost(slab(size), pool(size));
      default -> new CopyToDevice(pool(size), slab(size));
    };
  }

  private MemoryRegion hostAccessed() {
    long size = random.nextInt(1 + memoryBytes / 2);
    return random.nextBoolean() ? slab(size) : pool(size);
  }

  private DeviceRegion slab(long size) {
    return new DeviceRegion(offset(size), size);
  }

  private HostRegion pool(long size) {
    return new HostRegion(offset(size), size);
  }

  private long offset(long size) {
    return random.nextLong(memoryBytes - size + 1);
  }

  private String stream() {
    return "stream " + random.nextInt(streams);
  }

  private String event() {
    return "event " + random.nextInt(3);
  }
}
