package org.memo.device.simulated;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.PinnedPool;
import org.memo.device.Stream;
import org.memo.op.Operation;

/**
 * Tells an observer every operation and event of a step, in the order of submission, and runs none.
 * Its slab has no end and its pool only counts.
 */
public final class SimulatedDevice implements Device {
  private final PinnedPool pool = PinnedPool.counting();
  private final Consumer<Recorded> observer;

  /**
   * A device that tells what its streams are given.
   *
   * @param observer told of every operation and event, in the order of submission
   */
  public SimulatedDevice(Consumer<Recorded> observer) {
    this.observer = observer;
  }

  /** What a stream was given. */
  public sealed interface Recorded {
    /** The stream's name. */
    String stream();
  }

  public record Submitted(String stream, Operation operation) implements Recorded {}

  public record EventRecorded(String stream, String event) implements Recorded {}

  public record EventAwaited(String stream, String event) implements Recorded {}

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public long slabBytes() {
    return Long.MAX_VALUE;
  }

  @Override
  public PinnedPool pool() {
    return pool;
  }

  @Override
  public Stream createStream(String name) {
    return new SimulatedStream(name);
  }

  @Override
  public Event createEvent(String name) {
    return new SimulatedEvent(name);
  }

  @Override
  public void upload(MemorySegment source, DeviceRegion target) {}

  @Override
  public void download(DeviceRegion source, MemorySegment target) {}

  @Override
  public long allocations() {
    return 0;
  }

  @Override
  public void close() {}

  private record SimulatedEvent(String name) implements Event {
    @Override
    public void synchronize() {}
  }

  private final class SimulatedStream implements Stream {
    private final String name;

    SimulatedStream(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void submit(Operation operation) {
      observer.accept(new Submitted(name, operation));
    }

    @Override
    public void record(Event event) {
      observer.accept(new EventRecorded(name, event.name()));
    }

    @Override
    public void await(Event event) {
      observer.accept(new EventAwaited(name, event.name()));
    }

    @Override
    public void synchronize() {}

    @Override
    public long stalledNanos() {
      return 0;
    }
  }
}
