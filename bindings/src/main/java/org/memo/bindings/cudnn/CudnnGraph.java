package org.memo.bindings.cudnn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.cudnn.generated.Cudnn;

/**
 * Operations on tensors, computed in f32, that cuDNN fuses into one plan. Tensors and operations
 * are added in an order in which each tensor is written before it is read; {@link #finish} ends
 * that. Real tensors lie in the caller's memory and have the caller's ids; virtual ones exist only
 * inside the plan.
 */
public final class CudnnGraph implements AutoCloseable {
  /** Virtual tensors count from here, real ones stay below. */
  private static final long FIRST_VIRTUAL_ID = 1000;

  private static final long ALIGNMENT_BYTES = 16;
  private static final TensorLayout ONE_ELEMENT = TensorLayout.packed(1, 1, 1, 1);

  private final List<CudnnDescriptor> owned = new ArrayList<>();
  private final List<CudnnDescriptor> operations = new ArrayList<>();
  private long nextVirtualId = FIRST_VIRTUAL_ID;
  private @Nullable CudnnDescriptor finished;

  /** Memory of the caller, aligned to 16 bytes. */
  public CudnnTensor tensor(long id, DataType type, TensorLayout layout) {
    return tensor(id, type, layout, part -> {});
  }

  /**
   * Memory of the caller in which each batch is a sequence that begins at its own element, from
   * {@code starts} [batches + 1] i64, whatever the layout's stride of batches is. How many of its
   * rows count, operations are told.
   */
  public CudnnTensor ragged(long id, DataType type, TensorLayout layout, CudnnTensor starts) {
    return tensor(
        id, type, layout, part -> part.set(Attribute.TENSOR_SEQUENCE_STARTS, starts.descriptor()));
  }

  /** One f32 that the host gives at each execution: its id's address is of host memory. */
  public CudnnTensor scalar(long id) {
    return tensor(
        id, DataType.F32, ONE_ELEMENT, part -> part.setFlag(Attribute.TENSOR_IS_BY_VALUE, true));
  }

  /** A tensor that only this graph's operations see. */
  public CudnnTensor virtual(DataType type, TensorLayout layout) {
    return tensor(
        nextVirtualId++, type, layout, part -> part.setFlag(Attribute.TENSOR_IS_VIRTUAL, true));
  }

  /** y = mode(x). */
  public void pointwise(PointwiseMode mode, CudnnTensor x, CudnnTensor y) {
    operations.add(elementwise(mode, x, y).finish());
  }

  /** y = mode(x, b). */
  public void pointwise(PointwiseMode mode, CudnnTensor x, CudnnTensor b, CudnnTensor y) {
    operations.add(
        elementwise(mode, x, y).set(Attribute.POINTWISE_OPERATION_B, b.descriptor()).finish());
  }

  /** y = condition ? x : otherwise. */
  public void select(CudnnTensor condition, CudnnTensor x, CudnnTensor otherwise, CudnnTensor y) {
    operations.add(
        elementwise(PointwiseMode.SELECT, x, y)
            .set(Attribute.POINTWISE_OPERATION_B, otherwise.descriptor())
            .set(Attribute.POINTWISE_OPERATION_T, condition.descriptor())
            .finish());
  }

  /** y = the index of each element of {@code x} on an axis from 0 to 3. */
  public void index(long axis, CudnnTensor x, CudnnTensor y) {
    CudnnDescriptor mode = own(DescriptorKind.POINTWISE);
    mode.setEnum(Attribute.POINTWISE_MODE, PointwiseMode.INDEX.code())
        .setEnum(Attribute.POINTWISE_PRECISION, DataType.I32.code())
        .set(Attribute.POINTWISE_AXIS, axis)
        .finish();
    operations.add(elementwise(mode, x, y).finish());
  }

  /** Which dimension of a product each batch has its own of; the layouts have the largest. */
  public enum OwnSize {
    /** The rows of a and c. */
    ROWS,
    /** The columns of b and c. */
    COLS,
    /** The columns of a and rows of b. */
    TERMS
  }

  /** c = a b for each head of c; heads that a or b has fewer of serve as many of c each. */
  public void matmul(CudnnTensor a, CudnnTensor b, CudnnTensor c) {
    matmul(a, b, c, Map.of());
  }

  /** The same of as much of a, b and c as lengths [batches] i32 say for each batch. */
  public void matmul(
      CudnnTensor a, CudnnTensor b, CudnnTensor c, Map<OwnSize, CudnnTensor> lengths) {
    CudnnDescriptor matmul = own(DescriptorKind.MATMUL);
    matmul.setEnum(Attribute.MATMUL_PRECISION, DataType.F32.code()).finish();
    CudnnDescriptor operation =
        own(DescriptorKind.MATMUL_OPERATION)
            .set(Attribute.MATMUL_OPERATION_A, a.descriptor())
            .set(Attribute.MATMUL_OPERATION_B, b.descriptor())
            .set(Attribute.MATMUL_OPERATION_C, c.descriptor())
            .set(Attribute.MATMUL_OPERATION_MATMUL, matmul);
    lengths.forEach((size, of) -> operation.set(attribute(size), of.descriptor()));
    operations.add(operation.finish());
  }

  /** y = the sums of x over the dimensions in which y is smaller. */
  public void sum(CudnnTensor x, CudnnTensor y) {
    reduce(Cudnn.CUDNN_REDUCE_TENSOR_ADD(), x, y);
  }

  /** y = the largest of x over the dimensions in which y is smaller. */
  public void max(CudnnTensor x, CudnnTensor y) {
    reduce(Cudnn.CUDNN_REDUCE_TENSOR_MAX(), x, y);
  }

  /** y = x under another layout. */
  public void reshape(CudnnTensor x, CudnnTensor y) {
    operations.add(
        own(DescriptorKind.RESHAPE_OPERATION)
            .set(Attribute.RESHAPE_OPERATION_X, x.descriptor())
            .set(Attribute.RESHAPE_OPERATION_Y, y.descriptor())
            .finish());
  }

  /**
   * Causal attention as the one operation that cuDNN has for it since 9.21.
   *
   * @param lengths [batches] i32, how many rows of each batch there are; null where all are
   */
  public record CausalAttention(
      CudnnTensor q,
      CudnnTensor k,
      CudnnTensor v,
      CudnnTensor out,
      CudnnTensor logSumExp,
      CudnnTensor scale,
      CudnnTensor minusInfinity,
      @Nullable CudnnTensor lengths) {}

  /** out = softmax(scale q k^T under the causal mask) v, and the log-sum-exps of the scores. */
  public void causalAttention(CausalAttention attention) {
    TensorLayout scores =
        TensorLayout.packed(
            attention.q().layout().batches(),
            attention.q().layout().heads(),
            attention.q().layout().rows(),
            attention.k().layout().rows());
    CudnnTensor given = virtual(DataType.F32, scores);
    CudnnTensor masked = virtual(DataType.F32, scores);
    CudnnDescriptor operation =
        own(DescriptorKind.SDPA_FORWARD_OPERATION)
            .set(Attribute.SDPA_FORWARD_Q, attention.q().descriptor())
            .set(Attribute.SDPA_FORWARD_K, attention.k().descriptor())
            .set(Attribute.SDPA_FORWARD_V, attention.v().descriptor())
            .set(Attribute.SDPA_FORWARD_O, attention.out().descriptor())
            .set(Attribute.SDPA_FORWARD_SCALE, attention.scale().descriptor())
            .set(Attribute.SDPA_FORWARD_SOFTMAX, softmax(scores, attention.logSumExp()))
            .set(
                Attribute.SDPA_FORWARD_SUBGRAPH,
                causalMask(given, attention.minusInfinity(), masked))
            .set(Attribute.SDPA_FORWARD_SUBGRAPH_INPUT, given.id())
            .set(Attribute.SDPA_FORWARD_SUBGRAPH_OUTPUT, masked.id());
    if (attention.lengths() != null) {
      operation
          .set(Attribute.SDPA_FORWARD_QUERY_LENGTHS, attention.lengths().descriptor())
          .set(Attribute.SDPA_FORWARD_KEY_LENGTHS, attention.lengths().descriptor());
    }
    operations.add(operation.finish());
  }

  /** Ends the adding, for a target. */
  CudnnDescriptor finish(CudnnTarget target) {
    if (finished == null) {
      CudnnDescriptor graph = own(DescriptorKind.GRAPH);
      graph.set(Attribute.GRAPH_OPERATIONS, operations);
      target.bindGraph(graph);
      finished = graph.finish();
    }
    return finished;
  }

  /** How many operations have been added. */
  public int size() {
    return operations.size();
  }

  @Override
  public void close() {
    Closing.all(owned);
    owned.clear();
  }

  private CudnnTensor tensor(
      long id, DataType type, TensorLayout layout, Consumer<CudnnDescriptor> kind) {
    CudnnDescriptor descriptor = own(DescriptorKind.TENSOR);
    descriptor
        .setEnum(Attribute.TENSOR_DATA_TYPE, type.code())
        .set(Attribute.TENSOR_DIMENSIONS, layout.dimensions())
        .set(Attribute.TENSOR_STRIDES, layout.strides())
        .set(Attribute.TENSOR_BYTE_ALIGNMENT, ALIGNMENT_BYTES)
        .set(Attribute.TENSOR_UNIQUE_ID, id);
    kind.accept(descriptor);
    return new CudnnTensor(id, layout, descriptor.finish());
  }

  private static Attribute attribute(OwnSize size) {
    return switch (size) {
      case ROWS -> Attribute.MATMUL_OPERATION_ROWS;
      case COLS -> Attribute.MATMUL_OPERATION_COLS;
      case TERMS -> Attribute.MATMUL_OPERATION_TERMS;
    };
  }

  private CudnnDescriptor elementwise(PointwiseMode mode, CudnnTensor x, CudnnTensor y) {
    CudnnDescriptor pointwise = own(DescriptorKind.POINTWISE);
    pointwise
        .setEnum(Attribute.POINTWISE_MODE, mode.code())
        .setEnum(Attribute.POINTWISE_PRECISION, DataType.F32.code())
        .finish();
    return elementwise(pointwise, x, y);
  }

  private CudnnDescriptor elementwise(CudnnDescriptor mode, CudnnTensor x, CudnnTensor y) {
    return own(DescriptorKind.POINTWISE_OPERATION)
        .set(Attribute.POINTWISE_OPERATION_MODE, mode)
        .set(Attribute.POINTWISE_OPERATION_X, x.descriptor())
        .set(Attribute.POINTWISE_OPERATION_Y, y.descriptor());
  }

  private void reduce(int operator, CudnnTensor x, CudnnTensor y) {
    CudnnDescriptor reduction = own(DescriptorKind.REDUCTION);
    reduction
        .setEnum(Attribute.REDUCTION_OPERATOR, operator)
        .setEnum(Attribute.REDUCTION_PRECISION, DataType.F32.code())
        .finish();
    operations.add(
        own(DescriptorKind.REDUCTION_OPERATION)
            .set(Attribute.REDUCTION_OPERATION_X, x.descriptor())
            .set(Attribute.REDUCTION_OPERATION_Y, y.descriptor())
            .set(Attribute.REDUCTION_OPERATION_REDUCTION, reduction)
            .finish());
  }

  private CudnnDescriptor softmax(TensorLayout scores, CudnnTensor logSumExp) {
    return own(DescriptorKind.SOFTMAX_OPERATION)
        .set(Attribute.SOFTMAX_X, virtual(DataType.F32, scores).descriptor())
        .set(Attribute.SOFTMAX_Y, virtual(DataType.F32, scores).descriptor())
        .set(Attribute.SOFTMAX_STATS, logSumExp.descriptor())
        .finish();
  }

  /** A graph of one operation inside the attention's. */
  private CudnnDescriptor causalMask(
      CudnnTensor given, CudnnTensor minusInfinity, CudnnTensor masked) {
    CudnnDescriptor mask =
        own(DescriptorKind.BAND_MASK_OPERATION)
            .set(Attribute.BAND_MASK_X, given.descriptor())
            .set(Attribute.BAND_MASK_Y, masked.descriptor())
            .set(Attribute.BAND_MASK_OTHERWISE, minusInfinity.descriptor())
            .setEnum(Attribute.BAND_MASK_COMPARISON, PointwiseMode.GREATER_OR_EQUAL.code())
            .finish();
    return own(DescriptorKind.GRAPH).set(Attribute.GRAPH_OPERATIONS, mask).finish();
  }

  private CudnnDescriptor own(DescriptorKind kind) {
    CudnnDescriptor descriptor = CudnnDescriptor.create(kind);
    owned.add(descriptor);
    return descriptor;
  }
}
