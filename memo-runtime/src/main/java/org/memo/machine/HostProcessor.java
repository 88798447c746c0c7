package org.memo.machine;

import java.util.function.Consumer;
import org.memo.device.Device;
import org.memo.device.host.HostDevice;
import org.memo.plan.HostHardware;
import org.memo.plan.TileChoices;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;

/**
 * The processor.
 *
 * @param threads of the kernels
 */
public record HostProcessor(int threads) implements LocalDevice {
  private static final long DEVICE_BYTES = 2L << 30;
  private static final long HOST_BYTES = 8L << 30;

  @Override
  public DeviceName name() {
    return DeviceName.HOST;
  }

  @Override
  public Device open(long slabBytes, long poolBytes, Consumer<String> say) {
    return new HostDevice(slabBytes, poolBytes, threads);
  }

  @Override
  public CostModel planningCosts() {
    return HostHardware.roundFigures(threads);
  }

  @Override
  public TileChoices tileChoices() {
    return TileChoices.HOST;
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
