package org.memo.device;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.memo.bindings.OutOfHostMemoryException;
import org.memo.device.host.HostDevice;
import org.memo.op.Gemm;
import org.memo.op.Operation;
import org.memo.op.ResidualAdd;
import org.memo.planner.cost.ElementType;

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
  void anOperationOnBf16IsRefusedByName() {
    DeviceRegion two = new DeviceRegion(0, 4);
    assertRefused("ResidualAdd in BF16", new ResidualAdd(two, two, 2, ElementType.BF16));
    DeviceRegion four = new DeviceRegion(0, 8);
    assertRefused(
        "Gemm in BF16",
        new Gemm(four, false, two, false, two, false, 2, 1, 1, ElementType.F32, ElementType.BF16));
  }

  private void assertRefused(String reason, Operation operation) {
    Stream stream = device.createStream("compute");
    stream.submit(operation);
    String message = assertThrows(DeviceException.class, stream::synchronize).getMessage();
    assertTrue(message.contains(reason), message);
  }

  @Test
  void aSlabLargerThanTheMachineIsRefused() {
    assertThrows(OutOfHostMemoryException.class, () -> new HostDevice(1L << 50, 0, 1));
  }
}
