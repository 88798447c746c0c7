package org.memo.device.simulated;

import java.math.BigInteger;
import org.memo.op.AdamW;
import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.AllReduceDoubles;
import org.memo.op.AttentionDelta;
import org.memo.op.AttentionShape;
import org.memo.op.Barrier;
import org.memo.op.BiasBackward;
import org.memo.op.BiasForward;
import org.memo.op.Broadcast;
import org.memo.op.Cast;
import org.memo.op.Collective;
import org.memo.op.CopyColumns;
import org.memo.op.CopyOnDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.CrossEntropy;
import org.memo.op.EmbeddingBackward;
import org.memo.op.EmbeddingForward;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.GeluBackward;
import org.memo.op.GeluForward;
import org.memo.op.Gemm;
import org.memo.op.HeadsToTokens;
import org.memo.op.LayerNormBackward;
import org.memo.op.LayerNormForward;
import org.memo.op.Operation;
import org.memo.op.ReduceScatter;
import org.memo.op.ResidualAdd;
import org.memo.op.RingAttentionBackward;
import org.memo.op.RingAttentionForward;
import org.memo.op.RmsNormBackward;
import org.memo.op.RmsNormForward;
import org.memo.op.Rotary;
import org.memo.op.RotaryTable;
import org.memo.op.Shift;
import org.memo.op.SumOfSquares;
import org.memo.op.SwiGluBackward;
import org.memo.op.SwiGluForward;
import org.memo.op.TokensToHeads;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.CollectiveKind;
import org.memo.planner.cost.CopyDirection;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;

/**
 * What operations cost by a cost model. Ranks of a group are taken to be neighbours: a group fills
 * nodes one after the other. Work that is bound by memory is costed by its kind, which is the
 * operation's name.
 *
 * @param model of the device and its neighbours
 */
public record OperationCosts(CostModel model) {

  /** Seconds of an operation that nothing slows down. */
  public double seconds(Operation operation) {
    return cost(operation).seconds();
  }

  OperationCost cost(Operation operation) {
    return switch (operation) {
      case Gemm op -> compute(model.productSeconds(op.type(), op.m(), op.n(), op.k()));
      case FlashAttentionForward op -> compute(forwardSeconds(op.type(), op.shape()));
      case FlashAttentionBackward op -> compute(backwardSeconds(op.type(), op.shape()));
      case RingAttentionForward op -> compute(forwardSeconds(op.type(), op.shape()));
      case RingAttentionBackward op -> compute(backwardSeconds(op.type(), op.shape()));
      case CopyToHost op ->
          copy(DeviceEngine.TO_HOST, CopyDirection.TO_HOST, op.target().sizeBytes());
      case CopyToDevice op ->
          copy(DeviceEngine.TO_DEVICE, CopyDirection.TO_DEVICE, op.target().sizeBytes());
      case Collective op -> collective(op);
      case EmbeddingForward op -> memoryBound(op, touchedBytes(op));
      case EmbeddingBackward op -> memoryBound(op, touchedBytes(op));
      case Rotary op -> memoryBound(op, touchedBytes(op));
      case AdamW _,
          AttentionDelta _,
          BiasBackward _,
          BiasForward _,
          Cast _,
          CopyColumns _,
          CopyOnDevice _,
          CrossEntropy _,
          GeluBackward _,
          GeluForward _,
          LayerNormBackward _,
          LayerNormForward _,
          ResidualAdd _,
          RmsNormBackward _,
          RmsNormForward _,
          RotaryTable _,
          SumOfSquares _,
          SwiGluBackward _,
          SwiGluForward _,
          ZeroFill _ ->
          memoryBound(operation, operation.bytes());
    };
  }

  /** The share of its rate that a copy gets while one of the other direction has the full rate. */
  double shareBesideOtherDirection() {
    return 2 * model.hardware().copies().bothDirectionsFraction().value() - 1;
  }

  private double forwardSeconds(ElementType type, AttentionShape shape) {
    return model.attentionForwardSeconds(
        type, shape.scoredPairs(), shape.tokens(), shape.heads(), shape.headDim());
  }

  private double backwardSeconds(ElementType type, AttentionShape shape) {
    return model.attentionBackwardSeconds(
        type, shape.scoredPairs(), shape.tokens(), shape.heads(), shape.headDim());
  }

  private static OperationCost compute(double seconds) {
    return new OperationCost(DeviceEngine.COMPUTE, seconds);
  }

  private OperationCost memoryBound(Operation operation, double bytes) {
    return compute(model.memoryBoundSeconds(operation.name(), bytes));
  }

  private OperationCost copy(DeviceEngine engine, CopyDirection direction, long bytes) {
    return new OperationCost(engine, model.copySeconds(direction, bytes, false));
  }

  /** A group of one moves its data once; a larger one packs it, and then sends. */
  private OperationCost collective(Collective op) {
    double packing = model.memoryBoundSeconds(op.name(), op.bytes());
    if (op.ranks() == 1) {
      return compute(packing);
    }
    double sending =
        model.collectiveSeconds(kind(op), op.wireBytes(), op.ranks(), ranksOfANode(op.ranks()));
    return new OperationCost(DeviceEngine.LINK, packs(op) ? packing + sending : sending);
  }

  /** Of blocks of consecutive ranks that do not fill nodes evenly, some lie on two of them. */
  private int ranksOfANode(int ranks) {
    return BigInteger.valueOf(ranks).gcd(BigInteger.valueOf(model.ranksPerNode())).intValueExact();
  }

  private static CollectiveKind kind(Collective op) {
    return switch (op) {
      case AllGather _ -> CollectiveKind.ALL_GATHER;
      case AllReduce _, AllReduceDoubles _ -> CollectiveKind.ALL_REDUCE;
      case ReduceScatter _ -> CollectiveKind.REDUCE_SCATTER;
      case HeadsToTokens _, TokensToHeads _ -> CollectiveKind.ALL_TO_ALL;
      case Broadcast _, Shift _ -> CollectiveKind.SEND_RECEIVE;
      case Barrier _ -> CollectiveKind.ALL_REDUCE;
    };
  }

  /** Heads of a rank are not side by side in a token's row. */
  private static boolean packs(Collective op) {
    return kind(op) == CollectiveKind.ALL_TO_ALL;
  }

  /** Only the rows that are looked up, not the whole table. */
  private static double touchedBytes(EmbeddingForward op) {
    double passes = op.accumulate() ? 3 : 2;
    return passes * op.rows() * op.cols() * op.type().bytes();
  }

  /** Of the table, which is f32, the rows that are read and written. */
  private static double touchedBytes(EmbeddingBackward op) {
    return (double) op.rows() * op.cols() * (op.type().bytes() + 2 * Float.BYTES);
  }

  /** The rotated heads read and written, and a row of each table: not what lies between rows. */
  private static double touchedBytes(Rotary op) {
    return 2.0 * op.rows() * op.heads() * op.headDim() * op.type().bytes()
        + (double) op.rows() * op.headDim() * Float.BYTES;
  }
}
