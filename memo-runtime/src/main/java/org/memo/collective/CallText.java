package org.memo.collective;

import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.AllReduceDoubles;
import org.memo.op.Barrier;
import org.memo.op.Broadcast;
import org.memo.op.Collective;
import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.op.HeadsToTokens;
import org.memo.op.ReduceScatter;
import org.memo.op.Shift;
import org.memo.op.TokensToHeads;

/** What calls are called in messages: equal on all ranks, or their programs differ. */
public final class CallText {
  private CallText() {}

  /** As the call of a channel is called that does the operation. */
  public static String of(Collective operation) {
    return switch (operation) {
      case AllGather op -> allGather(op.shard().sizeBytes());
      case ReduceScatter op -> reduceScatter(op.shard().sizeBytes(), op.accumulate());
      case AllReduce op -> allReduce(op.region().sizeBytes());
      case AllReduceDoubles op -> allReduceDoubles(op.sums().sizeBytes());
      case TokensToHeads op -> tokensToHeads(op.exchange());
      case HeadsToTokens op -> headsToTokens(op.exchange());
      case Shift op -> shift(op.source().sizeBytes(), op.distance());
      case Broadcast op -> broadcast(op.region().sizeBytes());
      case Barrier _ -> barrier();
    };
  }

  /** {@link CollectiveChannel#allGather}. */
  public static String allGather(long shardBytes) {
    return "AllGather of shards of " + shardBytes + " bytes";
  }

  /** {@link CollectiveChannel#reduceScatter}. */
  public static String reduceScatter(long shardBytes, boolean accumulate) {
    return "ReduceScatter to shards of " + shardBytes + (accumulate ? " bytes, added" : " bytes");
  }

  /** {@link CollectiveChannel#allReduce}. */
  public static String allReduce(long sizeBytes) {
    return "AllReduce of " + sizeBytes + " bytes";
  }

  /** {@link CollectiveChannel#allReduceDoubles}. */
  public static String allReduceDoubles(long sizeBytes) {
    return "AllReduceDoubles of " + sizeBytes + " bytes";
  }

  /** {@link CollectiveChannel#tokensToHeads}. */
  public static String tokensToHeads(HeadExchange exchange) {
    return "TokensToHeads of " + rows(exchange);
  }

  /** {@link CollectiveChannel#headsToTokens}. */
  public static String headsToTokens(HeadExchange exchange) {
    return "HeadsToTokens of " + rows(exchange);
  }

  /** {@link CollectiveChannel#shift}. */
  public static String shift(long sizeBytes, int distance) {
    return "Shift of " + sizeBytes + " bytes by " + distance;
  }

  /** {@link CollectiveChannel#broadcast}. */
  public static String broadcast(long sizeBytes) {
    return "Broadcast of " + sizeBytes + " bytes";
  }

  /** {@link CollectiveChannel#barrier}. */
  public static String barrier() {
    return "Barrier";
  }

  /**
   * A digest of calls in their order (FNV-1a, 64 bits): equal in every process.
   *
   * @param before of the calls before, 0 where there are none
   */
  public static long digest(long before, String text) {
    long hash = before ^ 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  private static String rows(HeadExchange exchange) {
    HeadLayout layout = exchange.layout();
    String heads = layout.queryHeads() + (layout.keysAndValues() ? " query heads, " : " heads, ");
    return exchange.tokens()
        + " tokens of "
        + heads
        + layout.kvHeads()
        + " key heads of "
        + layout.headDim()
        + " "
        + exchange.type()
        + ", group "
        + exchange.group()
        + " of "
        + exchange.groups();
  }
}
