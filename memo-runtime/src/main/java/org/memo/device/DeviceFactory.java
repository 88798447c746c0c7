package org.memo.device;

/** Opens devices of one kind on one piece of hardware. */
@FunctionalInterface
public interface DeviceFactory {
  /**
   * A device with as much memory. The caller closes it.
   *
   * @throws org.memo.bindings.MissingLibraryException when a native library cannot be loaded
   * @throws org.memo.bindings.OutOfHostMemoryException when the machine has less memory
   */
  Device open(long slabBytes, long poolBytes);
}
