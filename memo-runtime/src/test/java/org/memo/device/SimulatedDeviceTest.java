package org.memo.device;

import org.memo.device.simulated.SimulatedDevice;

class SimulatedDeviceTest extends DeviceContract {
  @Override
  Device open(long slabBytes, long poolBytes) {
    return new SimulatedDevice(entry -> {});
  }
}
