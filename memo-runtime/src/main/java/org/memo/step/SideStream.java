package org.memo.step;

import org.memo.device.Device;
import org.memo.device.Event;
import org.memo.device.Stream;
import org.memo.op.Operation;

/**
 * A stream that works beside the computation on what that hands over, in memory of the pass: what
 * it was given last has to be awaited before the pass frees that memory.
 *
 * @param stream the computation's own where nothing would be hidden
 * @param handedOver the computation has got so far
 */
record SideStream(Stream compute, Stream stream, Event handedOver) {

  static SideStream of(Device device, Stream compute, Stream stream) {
    return new SideStream(compute, stream, device.createEvent(stream.name() + " handed over"));
  }

  /** What follows waits for all that the computation was given so far. */
  void handOver() {
    compute.record(handedOver);
    stream.await(handedOver);
  }

  void submit(Operation operation) {
    stream.submit(operation);
  }

  /** Sets an event of this stream, for the computation to await. */
  void record(Event event) {
    stream.record(event);
  }
}
