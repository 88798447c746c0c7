package org.memo.bindings.cudart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class DeviceAddressTest {
  @Test
  void anAddressMovesByBytesAndReadsAsHexadecimal() {
    DeviceAddress address = new DeviceAddress(0x7f00_0000_0000L).plus(256);
    assertEquals("0x7f0000000100", address.toString());
    assertEquals(0x7f00_0000_0100L, address.pointer().address());
  }

  @Test
  void theHostCannotReadThroughIt() {
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> new DeviceAddress(4096).pointer().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void tooLittleMemorySaysHowMuchThereIs() {
    OutOfDeviceMemoryException e = new OutOfDeviceMemoryException("the device slab", 20, 10);
    assertEquals(
        "GPU memory for the device slab: 20 bytes needed, 10 available; ask for less or end what"
            + " else uses the GPU",
        e.getMessage());
    assertEquals(20, e.bytesRequested());
    assertEquals(10, e.bytesFree());
  }
}
