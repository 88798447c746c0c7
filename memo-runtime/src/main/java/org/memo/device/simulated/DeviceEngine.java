package org.memo.device.simulated;

/** The parts of a device that work beside each other; each does one piece of work at a time. */
enum DeviceEngine {
  COMPUTE,
  /** Copies from device to host. */
  TO_HOST,
  /** Copies from host to device. */
  TO_DEVICE,
  /** The links to other devices. */
  LINK
}
