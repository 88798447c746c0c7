package org.memo.machine;

import java.util.List;
import java.util.function.Consumer;
import org.memo.bindings.NativeLibraries;
import org.memo.collective.Collectives;
import org.memo.collective.SingleRank;
import org.memo.device.Device;
import org.memo.device.DeviceFactory;
import org.memo.plan.TileChoices;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;
import org.memo.profile.MatrixPeak;
import org.memo.profile.device.ProfiledDevice;

/** A device of this machine: how it is opened, and what a plan for it goes by. */
public interface LocalDevice extends DeviceFactory {
  /** As {@code --device} takes it. */
  DeviceName name();

  /**
   * Reserves a slab and a pinned pool on it; the calling platform thread drives the device.
   *
   * @param collectives of the rank that the device is of
   * @param say told of progress where that takes long
   * @throws org.memo.DoesNotFitException when the device has less memory
   * @throws org.memo.bindings.OutOfHostMemoryException when the machine has less memory
   * @throws org.memo.bindings.MissingLibraryException when a native library cannot be loaded
   */
  Device open(long slabBytes, long poolBytes, Collectives collectives, Consumer<String> say);

  @Override
  default Device open(long slabBytes, long poolBytes) {
    return open(slabBytes, poolBytes, new SingleRank(), text -> {});
  }

  /**
   * What planning goes by: the same for the same device, however busy it is.
   *
   * @param localRanks of a machine: devices that copy at the same time
   */
  CostModel planningCosts(int localRanks);

  TileChoices tileChoices();

  /** What measuring it needs to know. */
  ProfiledDevice profiled();

  /**
   * What computes there, a line each with its version: ranks that work together have the same.
   *
   * @throws org.memo.bindings.MissingLibraryException when a native library cannot be loaded
   */
  default List<String> versions() {
    return NativeLibraries.report().stream()
        .map(library -> (library.name() + " " + library.version()).strip())
        .toList();
  }

  /**
   * What a step may take of the device's memory where the user does not say.
   *
   * @throws org.memo.DoesNotFitException when other processes have taken nearly all of it
   */
  long defaultDeviceBytes();

  /** What a step may take of the host's memory for swapped activations where nobody says. */
  long defaultHostBytes();

  /** FLOP/s of products that MFU is a share of, and where the figure is from. */
  Peak peak(ElementType type);

  /**
   * A limit of products.
   *
   * @param source for people: a datasheet, or measured now
   */
  record Peak(double flops, String source) {
    static Peak measured(DeviceFactory device, ElementType type) {
      return new Peak(
          MatrixPeak.of(device, type).flopsPerSecond(), "of matrix products measured now");
    }
  }
}
