package org.memo.memory;

import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;

/**
 * One of the rounding buffers that skeletal activations pass through (MEMO, section 4.1), with the
 * events that order the computation and the two copy streams around it.
 *
 * @param computed the computation has written what is to be offloaded
 * @param offloaded the content has reached the pinned pool
 * @param consumed the computation is done with the content
 * @param prefetched the content has come back from the pinned pool
 */
public record RoundingSlot(
    DeviceRegion region, Event computed, Event offloaded, Event consumed, Event prefetched) {

  static RoundingSlot create(Device device, String name, DeviceRegion region) {
    return new RoundingSlot(
        region,
        device.createEvent(name + " computed"),
        device.createEvent(name + " offloaded"),
        device.createEvent(name + " consumed"),
        device.createEvent(name + " prefetched"));
  }
}
