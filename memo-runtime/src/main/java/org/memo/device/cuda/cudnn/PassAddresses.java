package org.memo.device.cuda.cudnn;

import static org.memo.device.cuda.cudnn.TensorId.DELTA;
import static org.memo.device.cuda.cudnn.TensorId.KEYS;
import static org.memo.device.cuda.cudnn.TensorId.KEYS_GRADIENT;
import static org.memo.device.cuda.cudnn.TensorId.KEYS_GRADIENT_OF_EACH_HEAD;
import static org.memo.device.cuda.cudnn.TensorId.LENGTHS;
import static org.memo.device.cuda.cudnn.TensorId.LOG_SUM_EXP;
import static org.memo.device.cuda.cudnn.TensorId.OUT;
import static org.memo.device.cuda.cudnn.TensorId.OUT_GRADIENT;
import static org.memo.device.cuda.cudnn.TensorId.OUT_STARTS;
import static org.memo.device.cuda.cudnn.TensorId.QKV_STARTS;
import static org.memo.device.cuda.cudnn.TensorId.QUERIES;
import static org.memo.device.cuda.cudnn.TensorId.QUERIES_GRADIENT;
import static org.memo.device.cuda.cudnn.TensorId.QUERIES_GRADIENT_SUMS;
import static org.memo.device.cuda.cudnn.TensorId.TOKEN_STARTS;
import static org.memo.device.cuda.cudnn.TensorId.VALUES;
import static org.memo.device.cuda.cudnn.TensorId.VALUES_GRADIENT;
import static org.memo.device.cuda.cudnn.TensorId.VALUES_GRADIENT_OF_EACH_HEAD;

import java.util.HashMap;
import java.util.Map;
import org.memo.bindings.cuda.CudaSegments.RaggedBatch;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.device.cuda.AttentionQueue;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;

/**
 * The device addresses of one pass; those that the forward pass has not are none.
 *
 * @param qkv [T, (H + 2K) D] bf16
 * @param out [T, H D] bf16
 * @param logSumExp [H, T] f32
 * @param outGradient [T, H D] bf16
 * @param delta [H, T] f32
 * @param qkvGradient [T, (H + 2K) D] bf16
 * @param workspace scratch of the plan, then what the pass says
 */
record PassAddresses(
    DeviceAddress qkv,
    DeviceAddress out,
    DeviceAddress logSumExp,
    DeviceAddress outGradient,
    DeviceAddress delta,
    DeviceAddress qkvGradient,
    DeviceAddress workspace) {
  private static final long BF16_BYTES = 2;

  /** What a plan is compiled to rely on. */
  private static final long ALIGNMENT_BYTES = 16;

  PassAddresses {
    requireAligned("qkv", qkv);
    requireAligned("out", out);
    requireAligned("log_sum_exp", logSumExp);
    requireAligned("dout", outGradient);
    requireAligned("delta", delta);
    requireAligned("dqkv", qkvGradient);
    requireAligned("workspace", workspace);
  }

  static PassAddresses of(FlashAttentionForward operation, AttentionQueue queue) {
    return new PassAddresses(
        queue.addressOf(operation.qkv()),
        queue.addressOf(operation.out()),
        queue.addressOf(operation.logSumExp()),
        DeviceAddress.NONE,
        DeviceAddress.NONE,
        DeviceAddress.NONE,
        queue.workspace());
  }

  static PassAddresses of(FlashAttentionBackward operation, AttentionQueue queue) {
    return new PassAddresses(
        queue.addressOf(operation.qkv()),
        queue.addressOf(operation.out()),
        queue.addressOf(operation.logSumExp()),
        queue.addressOf(operation.dout()),
        queue.addressOf(operation.delta()),
        queue.addressOf(operation.dqkv()),
        queue.workspace());
  }

  /**
   * What one execution works on, by the ids of its plan's tensors.
   *
   * @param group of heads
   * @param batch of segments
   */
  Map<Long, DeviceAddress> of(PreparedPass pass, long group, long batch) {
    Map<Long, DeviceAddress> addresses = ofGroup(pass, group);
    if (pass.shape().isRagged()) {
      putTables(addresses, pass, batch * pass.shape().segments());
    }
    return addresses;
  }

  /** The tables of the segments of all batches. */
  RaggedBatch tables(PreparedPass pass) {
    return pass.tables().at(workspace.plus(pass.tablesOffset()));
  }

  private Map<Long, DeviceAddress> ofGroup(PreparedPass pass, long group) {
    PlanShape shape = pass.shape();
    long queries = group * shape.heads() * shape.headDim();
    long rowSums = group * shape.heads() * shape.tokens() * Float.BYTES;
    Map<Long, DeviceAddress> addresses = new HashMap<>();
    putHeads(addresses, QUERIES, qkv, queries);
    putHeads(addresses, KEYS, qkv, firstKey(pass, group));
    putHeads(addresses, VALUES, qkv, firstValue(pass, group));
    putHeads(addresses, OUT, out, queries);
    addresses.put(LOG_SUM_EXP.id(), logSumExp.plus(rowSums));
    if (shape.kind().isBackward()) {
      putHeads(addresses, QUERIES_GRADIENT, qkvGradient, queries);
      putHeads(addresses, KEYS_GRADIENT, qkvGradient, firstKey(pass, group));
      putHeads(addresses, VALUES_GRADIENT, qkvGradient, firstValue(pass, group));
      putHeads(addresses, OUT_GRADIENT, outGradient, queries);
      addresses.put(DELTA.id(), delta.plus(rowSums));
    }
    if (shape.kind() == PlanShape.Kind.BACKWARD_ACCUMULATING) {
      addresses.put(QUERIES_GRADIENT_SUMS.id(), workspace.plus(pass.sumsOffset()));
    }
    if (shape.hasEachHead()) {
      DeviceAddress eachHead = workspace.plus(pass.eachHeadOffset());
      putHeads(addresses, KEYS_GRADIENT_OF_EACH_HEAD, eachHead, 0);
      putHeads(addresses, VALUES_GRADIENT_OF_EACH_HEAD, eachHead, shape.heads() * shape.headDim());
    }
    return addresses;
  }

  private void putTables(Map<Long, DeviceAddress> addresses, PreparedPass pass, long first) {
    RaggedBatch tables = tables(pass);
    addresses.put(TOKEN_STARTS.id(), tables.tokenStarts().plus(first * Long.BYTES));
    addresses.put(QKV_STARTS.id(), tables.qkvStarts().plus(first * Long.BYTES));
    addresses.put(OUT_STARTS.id(), tables.outStarts().plus(first * Long.BYTES));
    addresses.put(LENGTHS.id(), tables.lengths().plus(first * Integer.BYTES));
  }

  /** In a row the queries of all heads come first, then all keys, then all values. */
  private static long firstKey(PreparedPass pass, long group) {
    PlanShape shape = pass.shape();
    return shape.outRowElements() + group * shape.kvHeads() * shape.headDim();
  }

  private static long firstValue(PreparedPass pass, long group) {
    PlanShape shape = pass.shape();
    return firstKey(pass, group) + pass.groups() * shape.kvHeads() * shape.headDim();
  }

  private static void putHeads(
      Map<Long, DeviceAddress> addresses, TensorId id, DeviceAddress rows, long firstElement) {
    addresses.put(id.id(), rows.plus(firstElement * BF16_BYTES));
  }

  private static void requireAligned(String name, DeviceAddress address) {
    if (address.value() % ALIGNMENT_BYTES != 0) {
      throw new IllegalArgumentException(
          "cuDNN needs addresses that are multiples of %d bytes, not %s=%s"
              .formatted(ALIGNMENT_BYTES, name, address));
    }
  }
}
