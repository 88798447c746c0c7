package org.memo.device.cuda.cudnn;

import java.util.TreeMap;
import org.memo.bindings.cudart.DeviceAddress;

/** Memory that is addressed as a GPU's, and holds its elements in f64. */
final class GraphMemory {
  private static final long FIRST_ADDRESS = 0x1000;

  private final TreeMap<Long, Block> blocks = new TreeMap<>();
  private long nextAddress = FIRST_ADDRESS;

  /** Elements that each take as many bytes of addresses. */
  private record Block(double[] values, long elementBytes) {}

  /** A place in an array. */
  record Place(double[] values, long first) {}

  /** Gives addresses to an array, which stays the caller's. */
  DeviceAddress add(double[] values, long elementBytes) {
    long address = nextAddress;
    blocks.put(address, new Block(values, elementBytes));
    nextAddress += (values.length * elementBytes / FIRST_ADDRESS + 2) * FIRST_ADDRESS;
    return new DeviceAddress(address);
  }

  Place at(DeviceAddress address) {
    var block = blocks.floorEntry(address.value());
    long offset = address.value() - block.getKey();
    return new Place(block.getValue().values(), offset / block.getValue().elementBytes());
  }
}
