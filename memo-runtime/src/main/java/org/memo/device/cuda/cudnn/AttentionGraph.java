package org.memo.device.cuda.cudnn;

import static org.memo.bindings.cudnn.CudnnGraph.OwnSize.COLS;
import static org.memo.bindings.cudnn.CudnnGraph.OwnSize.ROWS;
import static org.memo.bindings.cudnn.CudnnGraph.OwnSize.TERMS;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.cudnn.CudnnGraph;
import org.memo.bindings.cudnn.CudnnGraph.CausalAttention;
import org.memo.bindings.cudnn.CudnnGraph.OwnSize;
import org.memo.bindings.cudnn.CudnnTensor;
import org.memo.bindings.cudnn.CudnnVersion;
import org.memo.bindings.cudnn.DataType;
import org.memo.bindings.cudnn.PointwiseMode;
import org.memo.bindings.cudnn.TensorLayout;

/**
 * Causal attention as cuDNN's graphs. The backward pass is composed of single operations: cuDNN
 * matches the whole to a fused engine, so the order and the types of what is virtual are those that
 * its engines know. Scores and probabilities are virtual [B, H, T, T] f32.
 *
 * <p>One sequence is a batch of B = 1. Segments are a ragged batch: each begins where tables say
 * and has as many tokens as they say, up to all of them, since how long the longest is no host
 * knows.
 */
final class AttentionGraph {
  private final CudnnGraph graph;
  private final PlanShape shape;
  private final TensorLayout scoresLayout;
  private final CudnnTensor minusInfinity;
  private final Map<TensorId, CudnnTensor> starts;
  private final @Nullable CudnnTensor lengths;

  private AttentionGraph(CudnnGraph graph, PlanShape shape) {
    this.graph = graph;
    this.shape = shape;
    this.minusInfinity = graph.scalar(TensorId.MINUS_INFINITY.id());
    this.starts = shape.isRagged() ? starts() : Map.of();
    this.lengths =
        shape.isRagged() ? perSegment(TensorId.LENGTHS, DataType.I32, shape.segments()) : null;
    this.scoresLayout =
        TensorLayout.packed(shape.segments(), shape.heads(), shape.tokens(), shape.tokens());
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
            qkv(TensorId.QUERIES, qkvRows(shape.heads())),
            qkv(TensorId.KEYS, qkvRows(shape.kvHeads())),
            qkv(TensorId.VALUES, qkvRows(shape.kvHeads())),
            out(TensorId.OUT),
            rowSums(TensorId.LOG_SUM_EXP),
            graph.scalar(TensorId.SCALE.id()),
            minusInfinity,
            lengths));
  }

  private void forwardComposed() {
    CudnnTensor queries = qkv(TensorId.QUERIES, qkvRows(shape.heads()));
    CudnnTensor keysTransposed = qkv(TensorId.KEYS, qkvRows(shape.kvHeads()).transposed());
    CudnnTensor values = qkv(TensorId.VALUES, qkvRows(shape.kvHeads()));

    CudnnTensor scores = causal(insideSegment(scaledScores(queries, keysTransposed)));
    CudnnTensor largest = graph.virtual(DataType.F32, sumsOfRows());
    graph.max(scores, largest);
    CudnnTensor exponentials = virtual();
    graph.pointwise(PointwiseMode.EXP, difference(scores, largest), exponentials);
    CudnnTensor sums = graph.virtual(DataType.F32, sumsOfRows());
    graph.sum(exponentials, sums);
    CudnnTensor logarithms = graph.virtual(DataType.F32, sumsOfRows());
    graph.pointwise(PointwiseMode.LOG, sums, logarithms);
    CudnnTensor logSumExp = rowSums(TensorId.LOG_SUM_EXP);
    graph.pointwise(PointwiseMode.ADD, largest, logarithms, logSumExp);
    CudnnTensor probabilities = graph.virtual(DataType.BF16, scoresLayout);
    graph.pointwise(PointwiseMode.DIVIDE, exponentials, sums, probabilities);
    graph.matmul(probabilities, values, out(TensorId.OUT), lengths(ROWS, TERMS));
  }

  private void backward() {
    CudnnTensor queries = qkv(TensorId.QUERIES, qkvRows(shape.heads()));
    CudnnTensor keysTransposed = qkv(TensorId.KEYS, qkvRows(shape.kvHeads()).transposed());
    CudnnTensor valuesTransposed = qkv(TensorId.VALUES, qkvRows(shape.kvHeads()).transposed());
    CudnnTensor outGradient = out(TensorId.OUT_GRADIENT);
    CudnnTensor logSumExp = rowSums(TensorId.LOG_SUM_EXP);
    CudnnTensor scale = graph.scalar(TensorId.SCALE.id());

    CudnnTensor delta = delta(outGradient);
    CudnnTensor scores = virtual();
    graph.matmul(queries, keysTransposed, scores, lengths(ROWS, COLS));
    CudnnTensor scaled = virtual();
    graph.pointwise(PointwiseMode.MULTIPLY, scores, scale, scaled);
    CudnnTensor probabilities = virtual();
    graph.pointwise(
        PointwiseMode.EXP, causal(difference(insideSegment(scaled), logSumExp)), probabilities);
    gradientOfRight(TensorId.VALUES_GRADIENT, probabilities, outGradient);

    CudnnTensor probabilitiesGradient = virtual();
    graph.matmul(outGradient, valuesTransposed, probabilitiesGradient, lengths(ROWS, COLS));
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
    graph.matmul(queries, keysTransposed, scores, lengths(ROWS, COLS));
    CudnnTensor scaled = virtual();
    graph.pointwise(PointwiseMode.MULTIPLY, scores, graph.scalar(TensorId.SCALE.id()), scaled);
    return scaled;
  }

  /** A key that comes after the query counts for nothing. */
  private CudnnTensor causal(CudnnTensor scores) {
    CudnnTensor seen = flags();
    graph.pointwise(PointwiseMode.GREATER_OR_EQUAL, index(2, scores), index(3, scores), seen);
    return whereSeen(seen, scores);
  }

  /** Neither do queries and keys after the end of their segment. */
  private CudnnTensor insideSegment(CudnnTensor scores) {
    if (lengths == null) {
      return scores;
    }
    CudnnTensor isQuery = flags();
    graph.pointwise(PointwiseMode.LESS, index(2, scores), lengths, isQuery);
    CudnnTensor isKey = flags();
    graph.pointwise(PointwiseMode.LESS, index(3, scores), lengths, isKey);
    CudnnTensor seen = flags();
    graph.pointwise(PointwiseMode.AND, isQuery, isKey, seen);
    return whereSeen(seen, scores);
  }

  private CudnnTensor whereSeen(CudnnTensor seen, CudnnTensor scores) {
    CudnnTensor masked = virtual();
    graph.select(seen, scores, minusInfinity, masked);
    return masked;
  }

  private CudnnTensor index(long axis, CudnnTensor scores) {
    CudnnTensor index = graph.virtual(DataType.I32, scoresLayout);
    graph.index(axis, scores, index);
    return index;
  }

  private CudnnTensor flags() {
    return graph.virtual(DataType.BOOLEAN, scoresLayout);
  }

  /** The row sums of the output times its gradient. */
  private CudnnTensor delta(CudnnTensor outGradient) {
    CudnnTensor product =
        graph.virtual(
            DataType.F32,
            TensorLayout.packed(shape.segments(), shape.heads(), shape.tokens(), shape.headDim()));
    graph.pointwise(PointwiseMode.MULTIPLY, outGradient, out(TensorId.OUT), product);
    CudnnTensor sums = graph.virtual(DataType.F32, sumsOfRows());
    graph.sum(product, sums);
    CudnnTensor delta = rowSums(TensorId.DELTA);
    graph.pointwise(PointwiseMode.MULTIPLY, sums, graph.scalar(TensorId.ONE.id()), delta);
    return delta;
  }

  /** left^T right for each query head, summed over the query heads of each key and value head. */
  private void gradientOfRight(TensorId id, CudnnTensor left, CudnnTensor right) {
    CudnnTensor transposed = graph.virtual(DataType.BF16, scoresLayout.transposed());
    graph.reshape(left, transposed);
    CudnnTensor gradient = qkv(id, qkvRows(shape.kvHeads()));
    if (shape.heads() == shape.kvHeads()) {
      graph.matmul(transposed, right, gradient, lengths(ROWS, TERMS));
    } else {
      CudnnTensor ofEachHead = ofEachHead(id);
      graph.matmul(transposed, right, ofEachHead, lengths(ROWS, TERMS));
      graph.sum(ofEachHead, gradient);
    }
  }

  private void gradientOfQueries(CudnnTensor scoresGradient, CudnnTensor keysTransposed) {
    CudnnTensor keys = graph.virtual(DataType.BF16, qkvRows(shape.kvHeads()));
    graph.reshape(keysTransposed, keys);
    CudnnTensor gradient = qkv(TensorId.QUERIES_GRADIENT, qkvRows(shape.heads()));
    if (shape.kind() == PlanShape.Kind.BACKWARD_DETERMINISTIC) {
      graph.matmul(scoresGradient, keys, gradient, lengths(ROWS, TERMS));
    } else {
      CudnnTensor sums = sumsOfQueriesGradient();
      graph.matmul(scoresGradient, keys, sums, lengths(ROWS, TERMS));
      graph.pointwise(PointwiseMode.IDENTITY, sums, gradient);
    }
  }

  private CudnnTensor sumsOfQueriesGradient() {
    TensorLayout layout =
        shape.isRagged()
            ? qkvRows(shape.heads())
            : TensorLayout.packed(1, shape.heads(), shape.tokens(), shape.headDim());
    return real(TensorId.QUERIES_GRADIENT_SUMS, DataType.F32, layout, TensorId.QKV_STARTS);
  }

  private CudnnTensor ofEachHead(TensorId id) {
    if (!shape.hasEachHead()) {
      return graph.virtual(
          DataType.BF16, TensorLayout.packed(1, shape.heads(), shape.tokens(), shape.headDim()));
    }
    TensorId memory =
        id == TensorId.KEYS_GRADIENT
            ? TensorId.KEYS_GRADIENT_OF_EACH_HEAD
            : TensorId.VALUES_GRADIENT_OF_EACH_HEAD;
    TensorLayout layout = rows(shape.heads(), shape.eachHeadRowElements());
    return real(memory, DataType.BF16, layout, TensorId.QKV_STARTS);
  }

  private CudnnTensor difference(CudnnTensor a, CudnnTensor b) {
    CudnnTensor difference = virtual();
    graph.pointwise(PointwiseMode.SUBTRACT, a, b, difference);
    return difference;
  }

  private CudnnTensor virtual() {
    return graph.virtual(DataType.F32, scoresLayout);
  }

  private CudnnTensor qkv(TensorId id, TensorLayout layout) {
    return real(id, DataType.BF16, layout, TensorId.QKV_STARTS);
  }

  private CudnnTensor out(TensorId id) {
    return real(id, DataType.BF16, outRows(), TensorId.OUT_STARTS);
  }

  /** [H, T]. */
  private CudnnTensor rowSums(TensorId id) {
    return real(id, DataType.F32, sumsOfRows(), TensorId.TOKEN_STARTS);
  }

  private CudnnTensor real(TensorId id, DataType type, TensorLayout layout, TensorId startsId) {
    CudnnTensor startsOfSegments = starts.get(startsId);
    return startsOfSegments == null
        ? graph.tensor(id.id(), type, layout)
        : graph.ragged(id.id(), type, layout, startsOfSegments);
  }

  private Map<TensorId, CudnnTensor> starts() {
    Map<TensorId, CudnnTensor> all = new EnumMap<>(TensorId.class);
    for (TensorId id : List.of(TensorId.QKV_STARTS, TensorId.OUT_STARTS, TensorId.TOKEN_STARTS)) {
      all.put(id, perSegment(id, DataType.I64, shape.segments() + 1));
    }
    return all;
  }

  private CudnnTensor perSegment(TensorId id, DataType type, long count) {
    return graph.tensor(id.id(), type, TensorLayout.packed(count, 1, 1, 1));
  }

  /** Where each segment has its own number of tokens, which dimensions that is of a product. */
  private Map<OwnSize, CudnnTensor> lengths(OwnSize first, OwnSize second) {
    return lengths == null ? Map.of() : Map.of(first, lengths, second, lengths);
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
        shape.segments(),
        heads,
        shape.tokens(),
        shape.headDim(),
        shape.tokens() * rowElements,
        shape.headDim(),
        rowElements,
        1);
  }

  /** [H, T, 1]. */
  private TensorLayout sumsOfRows() {
    return TensorLayout.packed(shape.segments(), shape.heads(), shape.tokens(), 1);
  }
}
