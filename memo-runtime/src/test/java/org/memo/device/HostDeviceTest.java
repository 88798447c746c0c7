package org.memo.device;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.memo.bindings.OutOfHostMemoryException;
import org.memo.device.host.HostDevice;

class HostDeviceTest extends ComputingDeviceContract {
  @Override
  Device open(long slabBytes, long poolBytes) {
    return new HostDevice(slabBytes, poolBytes, 2);
  }

  @Test
  void aClosedDevicesStreamIsRefusedInsteadOfHanging() {
    HostDevice device = new HostDevice(128, 0, 1);
    Stream stream = device.createStream("stream");
    device.close();
    assertThrows(IllegalStateException.class, stream::synchronize);
  }

  @Test
  void aSlabLargerThanTheMachineIsRefused() {
    assertThrows(OutOfHostMemoryException.class, () -> new HostDevice(1L << 50, 0, 1));
  }
}
