package org.memo.machine;

import java.util.function.Consumer;
import org.memo.UserInputException;
import org.memo.collective.Collectives;
import org.memo.device.Device;
import org.memo.device.host.HostDevice;
import org.memo.plan.HostHardware;
import org.memo.plan.TileChoices;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;
import org.memo.profile.device.ProfiledDevice;

/**
 * The processor.
 *
 * @param threads of the kernels
 */
public record HostProcessor(int threads) implements LocalDevice {
  /** As many processors as Linux counts in a set; OpenMP takes memory for each thread. */
  private static final int MAX_THREADS = 1024;

  private static final long DEVICE_BYTES = 2L << 30;
  private static final long HOST_BYTES = 8L << 30;

  /**
   * @throws UserInputException unless there are 1 to 1024 threads
   */
  public HostProcessor {
    if (threads < 1 || threads > MAX_THREADS) {
      throw UserInputException.ofOption("--threads", threads, "1 to " + MAX_THREADS);
    }
  }

  @Override
  public DeviceName name() {
    return DeviceName.HOST;
  }

  @Override
  public Device open(
      long slabBytes, long poolBytes, Collectives collectives, Consumer<String> say) {
    return new HostDevice(slabBytes, poolBytes, threads, collectives);
  }

  @Override
  public CostModel planningCosts(int localRanks) {
    return HostHardware.roundFigures(threads);
  }

  @Override
  public TileChoices tileChoices() {
    return TileChoices.HOST;
  }

  @Override
  public ProfiledDevice profiled() {
    return ProfiledDevice.ofHost(threads);
  }

  /** Slab and pool are one memory here, so that the whole machine is nobody's default. */
  @Override
  public long defaultDeviceBytes() {
    return DEVICE_BYTES;
  }

  @Override
  public long defaultHostBytes() {
    return HOST_BYTES;
  }

  @Override
  public Peak peak(ElementType type) {
    return Peak.measured(this, type);
  }
}
