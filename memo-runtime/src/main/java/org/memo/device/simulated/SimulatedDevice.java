package org.memo.device.simulated;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.MemoryRegion;
import org.memo.device.PinnedPool;
import org.memo.device.Stream;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.Gemm;
import org.memo.op.Operation;
import org.memo.op.RingAttentionBackward;
import org.memo.op.RingAttentionForward;

/**
 * Tells an observer every operation and event of a step, in the order of submission, and runs none.
 * Its slab has no end and its pool only counts. With costs it has a clock as well: streams then
 * take the time that the operations would take, and stand still for events of other streams.
 */
public final class SimulatedDevice implements Device {
  /** The name under which the calling thread is recorded. */
  public static final String HOST = "host";

  private final PinnedPool pool;
  private final Consumer<Recorded> observer;
  private final @Nullable SimulatedClock clock;
  private final Map<String, Integer> names = new HashMap<>();
  private double matrixFlops;
  private double attentionFlops;

  /**
   * A device that tells what its streams are given.
   *
   * @param observer told of every operation and event, in the order of submission
   */
  public SimulatedDevice(Consumer<Recorded> observer) {
    this(observer, null);
  }

  /**
   * A device with a clock.
   *
   * @param observer told of every operation and event, in the order of submission
   * @param costs of operations
   * @param timeline told when each operation runs, in the order of submission
   */
  public SimulatedDevice(
      Consumer<Recorded> observer, OperationCosts costs, Consumer<TimedOperation> timeline) {
    this(observer, new SimulatedClock(costs, timeline));
  }

  private SimulatedDevice(Consumer<Recorded> observer, @Nullable SimulatedClock clock) {
    this.observer = observer;
    this.clock = clock;
    this.pool =
        PinnedPool.counting(
            region -> observer.accept(new HostAccessed("pool access", region, true)));
  }

  /** What a stream was given, or what the calling thread did to the device's memory. */
  public sealed interface Recorded {
    /** The stream's name; {@link #HOST} for the calling thread. */
    String stream();
  }

  public record Submitted(String stream, Operation operation) implements Recorded {}

  public record EventRecorded(String stream, String event) implements Recorded {}

  public record EventAwaited(String stream, String event) implements Recorded {}

  /** The calling thread waited for all that the stream had been given. */
  public record StreamSynchronized(String stream) implements Recorded {}

  /** The calling thread waited for the event's newest record. */
  public record EventSynchronized(String event) implements Recorded {
    @Override
    public String stream() {
      return HOST;
    }
  }

  /** The calling thread read or wrote memory that streams use too. */
  public record HostAccessed(String name, MemoryRegion region, boolean write) implements Recorded {
    @Override
    public String stream() {
      return HOST;
    }
  }

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
    return new SimulatedStream(unique(name));
  }

  @Override
  public Event createEvent(String name) {
    return new SimulatedEvent(unique(name));
  }

  @Override
  public void upload(MemorySegment source, DeviceRegion target) {
    observer.accept(new HostAccessed("upload", target, true));
  }

  @Override
  public void download(DeviceRegion source, MemorySegment target) {
    observer.accept(new HostAccessed("download", source, false));
  }

  @Override
  public long allocations() {
    return 0;
  }

  @Override
  public void close() {}

  /** The end of the latest work since the device was made; 0 without costs. */
  public double elapsedSeconds() {
    return clock == null ? 0 : clock.elapsedSeconds();
  }

  /** FLOPs of the matrix products submitted so far, as the operations count them. */
  public double matrixFlops() {
    return matrixFlops;
  }

  /** FLOPs of attention submitted so far: in backward passes five products for each score. */
  public double attentionFlops() {
    return attentionFlops;
  }

  private void countFlops(Operation operation) {
    if (operation instanceof Gemm) {
      matrixFlops += operation.flops();
    } else if (operation instanceof FlashAttentionForward
        || operation instanceof FlashAttentionBackward
        || operation instanceof RingAttentionForward
        || operation instanceof RingAttentionBackward) {
      attentionFlops += operation.flops();
    }
  }

  /** Records tell streams and events apart by their names. */
  private String unique(String name) {
    int count = names.merge(name, 1, Integer::sum);
    return count == 1 ? name : name + " (" + count + ")";
  }

  private final class SimulatedEvent implements Event {
    private final String name;
    private double recordedSeconds;

    SimulatedEvent(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void synchronize() {
      observer.accept(new EventSynchronized(name));
      if (clock != null) {
        clock.hostWaits(recordedSeconds);
      }
    }
  }

  private final class SimulatedStream implements Stream {
    private final String name;
    private final StreamTime time = new StreamTime();

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
      countFlops(operation);
      if (clock != null) {
        clock.submit(name, time, operation);
      }
    }

    @Override
    public void record(Event event) {
      observer.accept(new EventRecorded(name, event.name()));
      ((SimulatedEvent) event).recordedSeconds = time.nowSeconds();
    }

    @Override
    public void await(Event event) {
      observer.accept(new EventAwaited(name, event.name()));
      if (clock != null) {
        clock.await(time, ((SimulatedEvent) event).recordedSeconds);
      }
    }

    @Override
    public void synchronize() {
      observer.accept(new StreamSynchronized(name));
      if (clock != null) {
        clock.hostWaits(time.nowSeconds());
      }
    }

    @Override
    public long stalledNanos() {
      return (long) (time.stalledSeconds() * 1e9);
    }
  }
}
