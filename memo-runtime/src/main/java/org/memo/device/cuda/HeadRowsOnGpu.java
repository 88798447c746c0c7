package org.memo.device.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memo.bindings.cuda.CudaHeads;
import org.memo.bindings.cuda.CudaHeads.Copies;
import org.memo.bindings.cuda.CudaHeads.RankRows;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.collective.GpuChannel;
import org.memo.collective.GpuChannel.Part;
import org.memo.device.KernelArguments;
import org.memo.op.HeadExchange;
import org.memo.op.HeadsToTokens;
import org.memo.op.TokensToHeads;

/**
 * Ulysses' exchanges on a GPU. Rows of a rank's heads lie as they are sent, so only rows of all
 * heads go through scratch, as many tokens at a time as it has room for: they are packed into it
 * before they are sent, or added up out of it after they came.
 */
final class HeadRowsOnGpu {
  private final SlabMemory slab;
  private final StreamScratch scratch;
  private final Map<HeadExchange, Copies> copies = new HashMap<>();

  HeadRowsOnGpu(SlabMemory slab, StreamScratch scratch) {
    this.slab = slab;
    this.scratch = scratch;
  }

  /** {@link TokensToHeads} of some heads over one rank. */
  void gather(TokensToHeads op) {
    CudaHeads.pack(
        copies(op.exchange()),
        slab.at(op.source()),
        new RankRows(slab.at(op.target()), 0, -1, DeviceAddress.NONE),
        op.exchange().tokens(),
        scratch.queue());
  }

  /** {@link HeadsToTokens} of some heads over one rank. */
  void scatter(HeadsToTokens op) {
    CudaHeads.unpack(
        copies(op.exchange()),
        new RankRows(slab.at(op.source()), 0, -1, DeviceAddress.NONE),
        slab.at(op.target()),
        op.exchange().tokens(),
        scratch.queue());
  }

  void toHeads(TokensToHeads op, GpuChannel channel) {
    Rows rows = new Rows(op.exchange(), channel, slab.at(op.target()), slab.at(op.source()));
    for (long first = 0; first < rows.tokens(); first += rows.tokensAtOnce()) {
      Piece piece = rows.piece(first);
      CudaHeads.pack(
          copies(op.exchange()),
          rows.ofAllHeads(first),
          rows.packed(piece),
          piece.tokens,
          scratch.queue());
      channel.exchange(piece.inScratch, piece.inPlace);
    }
  }

  void toTokens(HeadsToTokens op, GpuChannel channel) {
    Rows rows = new Rows(op.exchange(), channel, slab.at(op.source()), slab.at(op.target()));
    for (long first = 0; first < rows.tokens(); first += rows.tokensAtOnce()) {
      Piece piece = rows.piece(first);
      channel.exchange(piece.inPlace, piece.inScratch);
      CudaHeads.unpack(
          copies(op.exchange()),
          rows.packed(piece),
          rows.ofAllHeads(first),
          piece.tokens,
          scratch.queue());
    }
  }

  private Copies copies(HeadExchange exchange) {
    return copies.computeIfAbsent(exchange, HeadRowsOnGpu::copiesOf);
  }

  private static Copies copiesOf(HeadExchange exchange) {
    int local = Math.toIntExact(exchange.localLayout().heads());
    MemorySegment heads =
        Arena.ofAuto().allocate(ValueLayout.JAVA_INT, (long) exchange.ranks() * local);
    for (int rank = 0; rank < exchange.ranks(); rank++) {
      MemorySegment.copy(
          exchange.wholeHeads(rank), 0, heads, ValueLayout.JAVA_INT, 4L * rank * local, local);
    }
    return new Copies(
        KernelArguments.storage(exchange.type()),
        exchange.layout().heads(),
        exchange.layout().headDim(),
        heads,
        exchange.ranks(),
        local);
  }

  /**
   * Some tokens of each rank.
   *
   * @param own this rank's of its own tokens
   * @param inPlace rows of a rank's heads of the tokens, for or from each other rank
   * @param inScratch as much room for what goes the other way
   */
  private record Piece(long tokens, DeviceAddress own, List<Part> inPlace, List<Part> inScratch) {}

  /** Where the rows of an exchange are. */
  private final class Rows {
    private final GpuChannel channel;
    private final DeviceAddress localHeads;
    private final DeviceAddress allHeads;
    private final long tokens;
    private final long localWidth;
    private final long localRowBytes;
    private final long wholeRowBytes;
    private final long tokensAtOnce;
    private final DeviceAddress room;

    /**
     * @param localHeads [T, width of the rank's heads]
     * @param allHeads [T/P, width of all heads]
     */
    Rows(
        HeadExchange exchange,
        GpuChannel channel,
        DeviceAddress localHeads,
        DeviceAddress allHeads) {
      this.channel = channel;
      this.localHeads = localHeads;
      this.allHeads = allHeads;
      this.tokens = exchange.tokensOfRank();
      this.localWidth = exchange.localLayout().width();
      this.localRowBytes = localWidth * exchange.type().bytes();
      this.wholeRowBytes = exchange.layout().width() * exchange.type().bytes();
      long bytesPerToken = channel.ranks() * localRowBytes;
      this.tokensAtOnce = Math.max(1, StreamScratch.BYTES / bytesPerToken);
      this.room = scratch.atLeast(Math.min(tokens, tokensAtOnce) * bytesPerToken);
    }

    long tokens() {
      return tokens;
    }

    long tokensAtOnce() {
      return tokensAtOnce;
    }

    DeviceAddress ofAllHeads(long first) {
      return allHeads.plus(first * wholeRowBytes);
    }

    RankRows packed(Piece piece) {
      return new RankRows(room, piece.tokens * localWidth, channel.rank(), piece.own);
    }

    Piece piece(long first) {
      long count = Math.min(tokensAtOnce, tokens - first);
      long sizeBytes = count * localRowBytes;
      List<Part> inPlace = new ArrayList<>();
      List<Part> inScratch = new ArrayList<>();
      for (int rank = 0; rank < channel.ranks(); rank++) {
        if (rank != channel.rank()) {
          inPlace.add(new Part(rank, ofLocalHeads(rank, first), sizeBytes));
          inScratch.add(new Part(rank, room.plus(rank * sizeBytes), sizeBytes));
        }
      }
      return new Piece(count, ofLocalHeads(channel.rank(), first), inPlace, inScratch);
    }

    private DeviceAddress ofLocalHeads(int rank, long first) {
      return localHeads.plus((rank * tokens + first) * localRowBytes);
    }
  }
}
