package org.memo.op;

/**
 * An operation that the ranks of a process group do together: every rank submits it, with regions
 * of its own slab, in the same order on the stream of the same name. It names no rank, so all ranks
 * run the same program.
 */
public sealed interface Collective extends Operation
    permits AllGather,
        AllReduce,
        AllReduceDoubles,
        Barrier,
        Broadcast,
        HeadsToTokens,
        ReduceScatter,
        Shift,
        TokensToHeads {

  /**
   * How many ranks do it together: all of the process group, or blocks of so many consecutive
   * ranks, each block for itself.
   */
  int ranks();

  /** Bytes that each rank sends to others; it receives as many. */
  long wireBytes();
}
