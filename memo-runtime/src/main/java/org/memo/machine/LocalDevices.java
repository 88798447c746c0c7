package org.memo.machine;

/** Finds the devices of this machine by their names. */
public final class LocalDevices {
  private LocalDevices() {}

  /**
   * The device of a name.
   *
   * @param threads of the kernels, where it is the processor
   * @throws org.memo.UserInputException unless there are 1 to 1024 threads
   * @throws org.memo.bindings.MissingLibraryException when there is no such GPU, or no driver or
   *     library for it
   */
  public static LocalDevice find(DeviceName name, int threads) {
    HostProcessor host = new HostProcessor(threads); // also where a GPU is asked for: a check
    return switch (name.kind()) {
      case HOST -> host;
      case CUDA -> CudaGpu.find(name.ordinal());
      case AUTO -> CudaGpu.first().orElse(host);
    };
  }
}
