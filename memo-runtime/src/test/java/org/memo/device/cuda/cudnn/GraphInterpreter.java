package org.memo.device.cuda.cudnn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import org.memo.bindings.cudart.DeviceAddress;

/**
 * Computes, in f64 and with loops alone, the graph that a plan's text says it is compiled of: what
 * cuDNN has understood, with its ids, shapes and strides. Where sizes differ, heads and elements of
 * the smaller tensor belong to as many consecutive ones of the larger.
 *
 * <p>Ragged tensors end where the next sequence begins: what is read beyond is NaN, what is written
 * there is lost. The same is true of what a product's own sizes leave out.
 */
final class GraphInterpreter {
  private final GraphMemory memory;
  private final Map<Long, DeviceAddress> addresses;
  private final Map<Long, Double> scalars;
  private final long headRatio;
  private final Map<String, Tensor> tensors = new HashMap<>();

  /** Where each sequence begins, and how many rows it has. */
  private record Sequences(long[] firsts, long[] rows) {}

  private record Tensor(
      int[] dims, long[] strides, double[] values, long first, Sequences sequences) {
    double get(int... at) {
      return isOutside(at) ? Double.NaN : values[place(at)];
    }

    void set(double value, int... at) {
      if (!isOutside(at)) {
        values[place(at)] = value;
      }
    }

    /** Of the element that belongs to one of a tensor with other sizes. */
    double getFor(Tensor other, int... at) {
      int[] own = new int[4];
      for (int i = 0; i < 4; i++) {
        own[i] = (int) ((long) at[i] * dims[i] / other.dims[i]);
      }
      return get(own);
    }

    private boolean isOutside(int... at) {
      for (int i = 0; i < 4; i++) {
        if (at[i] < 0 || at[i] >= dims[i]) {
          throw new IndexOutOfBoundsException("index %d of %d".formatted(at[i], dims[i]));
        }
      }
      return sequences != null && at[rowAxis(strides)] >= sequences.rows[at[0]];
    }

    private int place(int... at) {
      long place = first + (sequences == null ? at[0] * strides[0] : sequences.firsts[at[0]]);
      for (int i = 1; i < 4; i++) {
        place += at[i] * strides[i];
      }
      return Math.toIntExact(place);
    }
  }

  @FunctionalInterface
  private interface Element {
    double of(int[] at);
  }

  /**
   * @param headRatio query heads for each key head
   */
  GraphInterpreter(
      GraphMemory memory,
      Map<Long, DeviceAddress> addresses,
      Map<Long, Double> scalars,
      long headRatio) {
    this.memory = memory;
    this.addresses = addresses;
    this.scalars = scalars;
    this.headRatio = headRatio;
  }

  /** Runs the graph in a plan's text. */
  void run(String plan) {
    JsonNode graph = tree(plan).path("operationGraph");
    for (JsonNode tensor : graph.path("tensors")) {
      tensors.put(tensor.path("name").asText(), tensor(tensor));
    }
    for (JsonNode node : graph.path("nodes")) {
      run(node);
    }
  }

  static JsonNode tree(String plan) {
    try {
      return new ObjectMapper().readTree(plan);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private Tensor tensor(JsonNode tensor) {
    int[] dims = new int[4];
    long[] strides = new long[4];
    long last = 0;
    for (int i = 0; i < 4; i++) {
      dims[i] = tensor.path("dim").path(i).asInt();
      strides[i] = tensor.path("stride").path(i).asLong();
      last += (dims[i] - 1) * strides[i];
    }
    long id = tensor.path("name").asLong();
    if (tensor.path("isVirtual").asBoolean()) {
      return new Tensor(dims, strides, new double[Math.toIntExact(last + 1)], 0, null);
    }
    if (tensor.path("isByValue").asBoolean()) {
      return new Tensor(dims, strides, new double[] {scalars.get(id)}, 0, null);
    }
    GraphMemory.Place place = memory.at(addresses.get(id));
    return new Tensor(
        dims, strides, place.values(), place.first(), sequences(tensor, id, dims[0], strides));
  }

  /** Gradients of each query head begin at their own multiple of what the table says. */
  private Sequences sequences(JsonNode tensor, long id, int count, long[] strides) {
    JsonNode starts = tensor.path("isRagged").path(0);
    if (starts.isMissingNode()) {
      return null;
    }
    boolean ofEachHead =
        id == TensorId.KEYS_GRADIENT_OF_EACH_HEAD.id()
            || id == TensorId.VALUES_GRADIENT_OF_EACH_HEAD.id();
    long multiple = ofEachHead ? headRatio : 1;
    GraphMemory.Place table = memory.at(addresses.get(starts.path("name").asLong()));
    long[] firsts = new long[count];
    long[] rows = new long[count];
    for (int i = 0; i < count; i++) {
      int at = Math.toIntExact(table.first() + i);
      firsts[i] = (long) table.values()[at] * multiple;
      long end = (long) table.values()[at + 1] * multiple;
      rows[i] = (end - firsts[i]) / strides[rowAxis(strides)];
    }
    return new Sequences(firsts, rows);
  }

  /** Of the axes 2 and 3 the one with the longer way, which is the third where none is. */
  private static int rowAxis(long[] strides) {
    return strides[3] > strides[2] ? 3 : 2;
  }

  private void run(JsonNode node) {
    switch (node.path("operation").asText()) {
      case "CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR" ->
          matmul(node, named(node, "matA"), named(node, "matB"), named(node, "matC"));
      case "CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR" -> pointwise(node);
      case "CUDNN_BACKEND_OPERATION_REDUCTION_DESCRIPTOR" -> reduce(node);
      case "CUDNN_BACKEND_OPERATION_RESHAPE_DESCRIPTOR" -> view(node);
      default -> throw new AssertionError("an operation that is not interpreted: " + node);
    }
  }

  private Tensor named(JsonNode node, String role) {
    return tensors.get(node.path(role).asText());
  }

  private void matmul(JsonNode node, Tensor a, Tensor b, Tensor c) {
    forEach(
        c,
        at -> {
          if (at[2] >= size(node, "mOverride", at[0], c.dims[2])
              || at[3] >= size(node, "nOverride", at[0], c.dims[3])) {
            return Double.NaN;
          }
          int headA = (int) ((long) at[1] * a.dims[1] / c.dims[1]);
          int headB = (int) ((long) at[1] * b.dims[1] / c.dims[1]);
          double sum = 0;
          for (int k = 0; k < size(node, "kOverride", at[0], a.dims[3]); k++) {
            sum += a.get(at[0], headA, at[2], k) * b.get(at[0], headB, k, at[3]);
          }
          return sum;
        });
  }

  /** Each batch's own, or that of all. */
  private double size(JsonNode node, String role, int batch, int ofAll) {
    return node.has(role) ? named(node, role).get(batch, 0, 0, 0) : ofAll;
  }

  private void pointwise(JsonNode node) {
    Tensor x = named(node, "X");
    Tensor y = named(node, "Y");
    switch (node.path("pointwiseMode").asText()) {
      case "CUDNN_POINTWISE_IDENTITY" -> forEach(y, at -> x.getFor(y, at));
      case "CUDNN_POINTWISE_EXP" -> forEach(y, at -> Math.exp(x.getFor(y, at)));
      case "CUDNN_POINTWISE_LOG" -> forEach(y, at -> Math.log(x.getFor(y, at)));
      case "CUDNN_POINTWISE_GEN_INDEX" -> forEach(y, at -> at[node.path("axis").asInt()]);
      case "CUDNN_POINTWISE_ADD" -> binary(node, Double::sum);
      case "CUDNN_POINTWISE_SUB" -> binary(node, (p, q) -> p - q);
      case "CUDNN_POINTWISE_MUL" -> binary(node, (p, q) -> p * q);
      case "CUDNN_POINTWISE_DIV" -> binary(node, (p, q) -> p / q);
      case "CUDNN_POINTWISE_CMP_LT" -> binary(node, (p, q) -> p < q ? 1 : 0);
      case "CUDNN_POINTWISE_LOGICAL_AND" -> binary(node, (p, q) -> p != 0 && q != 0 ? 1 : 0);
      case "CUDNN_POINTWISE_CMP_GE" -> binary(node, (p, q) -> p >= q ? 1 : 0);
      case "CUDNN_POINTWISE_BINARY_SELECT" -> {
        Tensor otherwise = named(node, "B");
        Tensor condition = named(node, "T");
        forEach(y, at -> condition.getFor(y, at) != 0 ? x.getFor(y, at) : otherwise.getFor(y, at));
      }
      default -> throw new AssertionError("a mode that is not interpreted: " + node);
    }
  }

  private void binary(JsonNode node, DoubleBinaryOperator operator) {
    Tensor x = named(node, "X");
    Tensor b = named(node, "B");
    Tensor y = named(node, "Y");
    forEach(y, at -> operator.applyAsDouble(x.getFor(y, at), b.getFor(y, at)));
  }

  private void reduce(JsonNode node) {
    Tensor x = named(node, "X");
    Tensor y = named(node, "Y");
    boolean sums = node.path("reductionOp").asText().equals("CUDNN_REDUCE_TENSOR_ADD");
    forEach(y, at -> sums ? 0 : Double.NEGATIVE_INFINITY);
    forEachIndex(
        x,
        at -> {
          int[] to = new int[4];
          for (int i = 0; i < 4; i++) {
            to[i] = (int) ((long) at[i] * y.dims[i] / x.dims[i]);
          }
          y.set(sums ? y.get(to) + x.get(at) : Math.max(y.get(to), x.get(at)), to);
        });
  }

  /** The same memory under another layout. */
  private void view(JsonNode node) {
    Tensor x = named(node, "X");
    Tensor y = named(node, "Y");
    tensors.put(
        node.path("Y").asText(), new Tensor(y.dims, y.strides, x.values, x.first, x.sequences));
  }

  private static void forEach(Tensor y, Element element) {
    forEachIndex(y, at -> y.set(element.of(at), at));
  }

  private static void forEachIndex(Tensor tensor, java.util.function.Consumer<int[]> action) {
    for (int b = 0; b < tensor.dims[0]; b++) {
      for (int h = 0; h < tensor.dims[1]; h++) {
        for (int i = 0; i < tensor.dims[2]; i++) {
          for (int j = 0; j < tensor.dims[3]; j++) {
            action.accept(new int[] {b, h, i, j});
          }
        }
      }
    }
  }
}
