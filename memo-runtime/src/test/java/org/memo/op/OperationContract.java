package org.memo.op;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.memo.device.Device;

/**
 * What every device's operations hold to: the results of plain double-precision references within
 * the rounding of their type, the same bits each time, and no byte touched beyond what they say.
 */
abstract class OperationContract {
  private static final long SLAB_BYTES = 64 << 20;
  private static final long POOL_BYTES = 8 << 20;

  Device device;
  TestSlab slab;

  /** A device with memories of these sizes. */
  abstract Device open(long slabBytes, long poolBytes);

  @BeforeEach
  void openDevice() {
    device = open(SLAB_BYTES, POOL_BYTES);
    slab = new TestSlab(device);
  }

  @AfterEach
  void closeDevice() {
    device.close();
  }
}
