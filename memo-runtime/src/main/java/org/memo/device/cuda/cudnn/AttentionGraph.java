package org.memo.device.cuda.cudnn;

import org.memo.bindings.cudnn.CudnnGraph;
import org.memo.bindings.cudnn.CudnnGraph.CausalAttention;
import org.memo.bindings.cudnn.CudnnTensor;
import org.memo.bindings.cudnn.CudnnVersion;
import org.memo.bindings.cudnn.DataType;
import org.memo.bindings.cudnn.PointwiseMode;
import org.memo.bindings.cudnn.TensorLayout;

/**
 * Causal attention as cuDNN's graphs. The backward pass is composed of single operations: cuDNN
 * matches the whole to a fused engine, so the order and the types of what is virtual are those that
 * its engines know. B = 1 batch; scores and probabilities are virtual [H, T, T] f32.
 */
final class AttentionGraph {
  private final CudnnGraph graph;
  private final PlanShape shape;
  private final TensorLayout scoresLayout;

  private AttentionGraph(CudnnGraph graph, PlanShape shape) {
    this.graph = graph;
    this.shape = shape;
    this.scoresLayout = TensorLayout.packed(1, shape.heads(), shape.tokens(), shape.tokens());
  }

  /** The graph of a shape; the caller closes it. */
  static CudnnGraph of(PlanShape shape) {
    CudnnGraph graph = new CudnnGraph();
    try {
      AttentionGraph builder = new AttentionGraph(graph, shape);
      switch (shape.kind()) {
        case FORWARD -> builder.forward();
        case FORWARD_COMPOSED -> builder.forwardComposed();
        case BACKWARD_ACCUMULATING, BACKWARD_DETERMINISTIC -> builder.backward();
      }
      return graph;
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** How this cuDNN computes the forward pass. */
  static PlanShape.Kind forwardKind(long cudnnVersion) {
    return cudnnVersion >= CudnnVersion.ONE_OPERATION_ATTENTION
        ? PlanShape.Kind.FORWARD
        : PlanShape.Kind.FORWARD_COMPOSED;
  }

  private void forward() {
    graph.causalAttention(
        new CausalAttention(
            bf16(TensorId.QUERIES, qkvRows(shape.heads())),
            bf16(TensorId.KEYS, qkvRows(shape.kvHeads())),
            bf16(TensorId.VALUES, qkvRows(shape.kvHeads())),
            bf16(TensorId.OUT, outRows()),
            graph.tensor(TensorId.LOG_SUM_EXP.id(), DataType.F32, rowSums()),
            graph.scalar(TensorId.SCALE.id()),
            graph.scalar(TensorId.MINUS_INFINITY.id())));
  }

  private void forwardComposed() {
    CudnnTensor queries = bf16(TensorId.QUERIES, qkvRows(shape.heads()));
    CudnnTensor keysTransposed = bf16(TensorId.KEYS, qkvRows(shape.kvHeads()).transposed());
    CudnnTensor values = bf16(TensorId.VALUES, qkvRows(shape.kvHeads()));

    CudnnTensor scores = masked(scaledScores(queries, keysTransposed));
    CudnnTensor largest = graph.virtual(DataType.F32, rowSums());
    graph.max(scores, largest);
    CudnnTensor exponentials = virtual();
    graph.pointwise(PointwiseMode.EXP, difference(scores, largest), exponentials);
    CudnnTensor sums = graph.virtual(DataType.F32, rowSums());
    graph.sum(exponentials, sums);
    CudnnTensor logarithms = graph.virtual(DataType.F32, rowSums());
    graph.pointwise(PointwiseMode.LOG, sums, logarithms);
    CudnnTensor logSumExp = graph.tensor(TensorId.LOG_SUM_EXP.id(), DataType.F32, rowSums());
    graph.pointwise(PointwiseMode.ADD, largest, logarithms, logSumExp);
    CudnnTensor probabilities = graph.virtual(DataType.BF16, scoresLayout);
    graph.pointwise(PointwiseMode.DIVIDE, exponentials, sums, probabilities);
    graph.matmul(probabilities, values, bf16(TensorId.OUT, outRows()));
  }

  private void backward() {
    CudnnTensor queries = bf16(TensorId.QUERIES, qkvRows(shape.heads()));
    CudnnTensor keysTransposed = bf16(TensorId.KEYS, qkvRows(shape.kvHeads()).transposed());
    CudnnTensor valuesTransposed = bf16(TensorId.VALUES, qkvRows(shape.kvHeads()).transposed());
    CudnnTensor outGradient = bf16(TensorId.OUT_GRADIENT, outRows());
    CudnnTensor logSumExp = graph.tensor(TensorId.LOG_SUM_EXP.id(), DataType.F32, rowSums());
    CudnnTensor scale = graph.scalar(TensorId.SCALE.id());

    CudnnTensor delta = delta(outGradient);
    CudnnTensor scores = virtual();
    graph.matmul(queries, keysTransposed, scores);
    CudnnTensor scaled = virtual();
    graph.pointwise(PointwiseMode.MULTIPLY, scores, scale, scaled);
    CudnnTensor probabilities = virtual();
    graph.pointwise(PointwiseMode.EXP, masked(difference(scaled, logSumExp)), probabilities);
    gradientOfRight(TensorId.VALUES_GRADIENT, probabilities, outGradient);

    CudnnTensor probabilitiesGradient = virtual();
    graph.matmul(outGradient, valuesTransposed, probabilitiesGradient);
    CudnnTensor centred = difference(probabilitiesGradient, delta);
    CudnnTensor product = virtual();
    graph.pointwise(PointwiseMode.MULTIPLY, centred, probabilities, product);
    CudnnTensor scoresGradient = virtual();
    graph.pointwise(PointwiseMode.MULTIPLY, product, scale, scoresGradient);
    gradientOfRight(TensorId.KEYS_GRADIENT, scoresGradient, queries);
    gradientOfQueries(scoresGradient, keysTransposed);
  }

  private CudnnTensor scaledScores(CudnnTensor queries, CudnnTensor keysTransposed) {
    CudnnTensor scores = virtual();
    graph.matmul(queries, keysTransposed, scores);
    CudnnTensor scaled = virtual();
    graph.pointwise(PointwiseMode.MULTIPLY, scores, graph.scalar(TensorId.SCALE.id()), scaled);
    return scaled;
  }

  /** A key that comes after the query counts for nothing. */
  private CudnnTensor masked(CudnnTensor scores) {
    CudnnTensor query = graph.virtual(DataType.I32, scoresLayout);
    graph.index(2, scores, query);
    CudnnTensor key = graph.virtual(DataType.I32, scoresLayout);
    graph.index(3, scores, key);
    CudnnTensor seen = graph.virtual(DataType.BOOLEAN, scoresLayout);
    graph.pointwise(PointwiseMode.GREATER_OR_EQUAL, query, key, seen);
    CudnnTensor masked = virtual();
    graph.select(seen, scores, graph.scalar(TensorId.MINUS_INFINITY.id()), masked);
    return masked;
  }

  /** The row sums of the output times its gradient. */
  private CudnnTensor delta(CudnnTensor outGradient) {
    CudnnTensor product =
        graph.virtual(
            DataType.F32, TensorLayout.packed(1, shape.heads(), shape.tokens(), shape.headDim()));
    graph.pointwise(PointwiseMode.MULTIPLY, outGradient, bf16(TensorId.OUT, outRows()), product);
    CudnnTensor sums = graph.virtual(DataType.F32, rowSums());
    graph.sum(product, sums);
    CudnnTensor delta = graph.tensor(TensorId.DELTA.id(), DataType.F32, rowSums());
    graph.pointwise(PointwiseMode.MULTIPLY, sums, graph.scalar(TensorId.ONE.id()), delta);
    return delta;
  }

  /** left^T right for each query head, summed over the query heads of each key and value head. */
  private void gradientOfRight(TensorId id, CudnnTensor left, CudnnTensor right) {
    CudnnTensor transposed = graph.virtual(DataType.BF16, scoresLayout.transposed());
    graph.reshape(left, transposed);
    CudnnTensor gradient = bf16(id, qkvRows(shape.kvHeads()));
    if (shape.heads() == shape.kvHeads()) {
      graph.matmul(transposed, right, gradient);
    } else {
      CudnnTensor ofEachHead =
          graph.virtual(
              DataType.BF16,
              TensorLayout.packed(1, shape.heads(), shape.tokens(), shape.headDim()));
      graph.matmul(transposed, right, ofEachHead);
      graph.sum(ofEachHead, gradient);
    }
  }

  private void gradientOfQueries(CudnnTensor scoresGradient, CudnnTensor keysTransposed) {
    CudnnTensor keys = graph.virtual(DataType.BF16, qkvRows(shape.kvHeads()));
    graph.reshape(keysTransposed, keys);
    CudnnTensor gradient = bf16(TensorId.QUERIES_GRADIENT, qkvRows(shape.heads()));
    if (shape.kind() == PlanShape.Kind.BACKWARD_DETERMINISTIC) {
      graph.matmul(scoresGradient, keys, gradient);
    } else {
      CudnnTensor sums =
          graph.tensor(
              TensorId.QUERIES_GRADIENT_SUMS.id(),
              DataType.F32,
              TensorLayout.packed(1, shape.heads(), shape.tokens(), shape.headDim()));
      graph.matmul(scoresGradient, keys, sums);
      graph.pointwise(PointwiseMode.IDENTITY, sums, gradient);
    }
  }

  private CudnnTensor difference(CudnnTensor a, CudnnTensor b) {
    CudnnTensor difference = virtual();
    graph.pointwise(PointwiseMode.SUBTRACT, a, b, difference);
    return difference;
  }

  private CudnnTensor virtual() {
    return graph.virtual(DataType.F32, scoresLayout);
  }

  private CudnnTensor bf16(TensorId id, TensorLayout layout) {
    return graph.tensor(id.id(), DataType.BF16, layout);
  }

  /** Heads beside each other in the rows of queries, keys and values. */
  private TensorLayout qkvRows(long heads) {
    return rows(heads, shape.qkvRowElements());
  }

  private TensorLayout outRows() {
    return rows(shape.heads(), shape.outRowElements());
  }

  private TensorLayout rows(long heads, long rowElements) {
    return new TensorLayout(
        1,
        heads,
        shape.tokens(),
        shape.headDim(),
        shape.tokens() * rowElements,
        shape.headDim(),
        rowElements,
        1);
  }

  /** [H, T, 1]. */
  private TensorLayout rowSums() {
    return TensorLayout.packed(1, shape.heads(), shape.tokens(), 1);
  }
}
