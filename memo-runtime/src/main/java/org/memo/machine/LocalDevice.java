package org.memo.machine;

import org.memo.device.Device;
import org.memo.plan.TileChoices;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;

/** A device of this machine: how it is opened, and what a plan for it goes by. */
public interface LocalDevice {
  /** As {@code --device} takes it. */
  DeviceName name();

  /**
   * Reserves a slab and a pinned pool on it.
   *
   * @throws org.memo.DoesNotFitException when one of them cannot be had
   * @throws org.memo.bindings.MissingLibraryException when a native library cannot be loaded
   */
  Device open(long slabBytes, long poolBytes);

  /** What planning goes by: the same for the same device, however busy it is. */
  CostModel planningCosts();

  TileChoices tileChoices();

  /** What a step may take of the device's memory where the user does not say. */
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
  record Peak(double flops, String source) {}
}
