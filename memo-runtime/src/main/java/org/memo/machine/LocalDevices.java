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
   * The same for one of several ranks on this machine: each takes a GPU of its own, from the named
   * one on.
   *
   * @param localRank which of them, from 0
   * @throws org.memo.UserInputException when there are fewer GPUs than ranks
   */
  public static LocalDevice find(DeviceName name, int threads, int localRank, int localRanks) {
    int gpus = name.kind() == DeviceName.Kind.HOST ? 0 : Gpus.count() - name.ordinal();
    if (localRanks == 1 || gpus <= 0) {
      return find(name, threads);
    }
    GpuPlace place = GpuPlace.of(localRank, localRanks, gpus, GpuPlace.mayShare());
    return CudaGpu.find(name.ordinal() + place.gpu(), place.ranks());
  }
}
