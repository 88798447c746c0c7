package org.memo.machine;

import org.memo.device.cuda.Gpus;

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
      case GPUS, CUDA -> CudaGpu.find(name.ordinal());
      case AUTO -> CudaGpu.first().orElse(host);
    };
  }

  /**
   * The same for one of several ranks on this machine: where the name has no number, each takes the
   * GPU of its own. A launcher may show each process only its GPU.
   *
   * @param localRank which of them, from 0
   */
  public static LocalDevice find(DeviceName name, int threads, int localRank, int localRanks) {
    int gpus = localRanks > 1 && name.kind() != DeviceName.Kind.HOST ? Gpus.count() : 0;
    boolean oneEach = name.kind() == DeviceName.Kind.GPUS || name.kind() == DeviceName.Kind.AUTO;
    return gpus > 0 && oneEach
        ? find(DeviceName.cuda(gpus == 1 ? 0 : localRank), threads)
        : find(name, threads);
  }
}
