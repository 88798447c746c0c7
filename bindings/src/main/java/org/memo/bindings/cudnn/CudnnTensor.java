package org.memo.bindings.cudnn;

/** A tensor of one {@link CudnnGraph}, which owns it. */
public final class CudnnTensor {
  private final long id;
  private final TensorLayout layout;
  private final CudnnDescriptor descriptor;

  CudnnTensor(long id, TensorLayout layout, CudnnDescriptor descriptor) {
    this.id = id;
    this.layout = layout;
    this.descriptor = descriptor;
  }

  /** Unique in the graph; the memory of a real tensor is given by it. */
  public long id() {
    return id;
  }

  public TensorLayout layout() {
    return layout;
  }

  CudnnDescriptor descriptor() {
    return descriptor;
  }
}
