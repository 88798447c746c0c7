package org.memo.bindings.cudnn;

/**
 * A GPU that need not be there: cuDNN's description of a device, in JSON (since cuDNN 9.8). Plans
 * are built for it, and cannot run.
 */
public final class CudnnDeviceDescription implements CudnnTarget, AutoCloseable {
  private final CudnnDescriptor device;

  /**
   * Reads the description.
   *
   * @throws org.memo.bindings.NativeCallException where cuDNN does not understand it
   */
  public CudnnDeviceDescription(String json) {
    device = CudnnDescriptor.create(DescriptorKind.DEVICE);
    try {
      device.setText(Attribute.DEVICE_JSON, json).finish();
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  /** A graph is of no device until it has a handle. */
  @Override
  public void bindGraph(CudnnDescriptor graph) {}

  @Override
  public void bindHeuristic(CudnnDescriptor heuristic) {
    heuristic.set(Attribute.HEURISTIC_DEVICE, device);
  }

  @Override
  public void bindPlan(CudnnDescriptor plan) {
    plan.set(Attribute.PLAN_DEVICE, device);
  }

  @Override
  public void close() {
    device.close();
  }
}
