package org.memo.bindings.cuda;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.Segments;
import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.DeviceAddress;

/** Heads on their way between ranks: rows of all heads against the rows of each rank's heads. */
public final class CudaHeads {
  private CudaHeads() {}

  /**
   * Which heads the ranks' heads are copies of.
   *
   * @param heads of a whole row
   * @param wholeHeads [ranks, localHeads] i32 in host memory: which of the heads each is a copy of,
   *     -1: of none
   */
  public record Copies(
      StorageType type,
      long heads,
      long headDim,
      MemorySegment wholeHeads,
      long ranks,
      long localHeads) {

    /** Without the segment, for an error message. */
    @Override
    public String toString() {
      return "(type=%s heads=%d head_dim=%d ranks=%d local_heads=%d)"
          .formatted(type, heads, headDim, ranks, localHeads);
    }
  }

  /**
   * The rows [tokens, localHeads, headDim] of each rank's heads.
   *
   * @param packed the rows of rank 0
   * @param stride elements from there to those of the next rank
   * @param ownRank the rank whose rows lie elsewhere, or -1
   * @param own where these lie
   */
  public record RankRows(DeviceAddress packed, long stride, long ownRank, DeviceAddress own) {}

  /** From rows [tokens, heads, headDim] to each rank's; copies of none become zeros. */
  public static void pack(
      Copies copies, DeviceAddress rows, RankRows to, long tokens, CudaQueue queue) {
    requireWholeHeads(copies);
    int status =
        MemoCuda.memo_cuda_pack_heads(
            copies.type().code(),
            rows.pointer(),
            copies.heads(),
            to.packed().pointer(),
            to.stride(),
            to.ownRank(),
            to.own().pointer(),
            copies.wholeHeads(),
            copies.ranks(),
            copies.localHeads(),
            copies.headDim(),
            tokens,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw failure("memo_cuda_pack_heads", status, copies, to, tokens);
    }
  }

  /**
   * Back: each head becomes the sum of its copies, in the order of the ranks, rounded to the type
   * each time. Heads without a copy stay as they are.
   */
  public static void unpack(
      Copies copies, RankRows from, DeviceAddress rows, long tokens, CudaQueue queue) {
    requireWholeHeads(copies);
    int status =
        MemoCuda.memo_cuda_unpack_heads(
            copies.type().code(),
            from.packed().pointer(),
            from.stride(),
            from.ownRank(),
            from.own().pointer(),
            rows.pointer(),
            copies.heads(),
            copies.wholeHeads(),
            copies.ranks(),
            copies.localHeads(),
            copies.headDim(),
            tokens,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw failure("memo_cuda_unpack_heads", status, copies, from, tokens);
    }
  }

  private static void requireWholeHeads(Copies copies) {
    long all = Math.multiplyExact(copies.ranks(), copies.localHeads());
    Segments.requireInts("wholeHeads", all, copies.wholeHeads());
  }

  private static RuntimeException failure(
      String call, int status, Copies copies, RankRows ofRanks, long tokens) {
    return CudaKernelStatus.failure(
        call,
        status,
        "copies packed_stride own_rank tokens",
        copies,
        ofRanks.stride(),
        ofRanks.ownRank(),
        tokens);
  }
}
