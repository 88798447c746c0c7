package org.memo.parallel.socket;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.memo.collective.CallText;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.DoubleSums;
import org.memo.collective.FloatSums;
import org.memo.collective.HeadMove;
import org.memo.collective.HeadRows;
import org.memo.collective.LostRankException;
import org.memo.collective.RankSums;
import org.memo.op.HeadExchange;

/**
 * One rank's end of a channel. Every rank sends each other rank what that one needs and no more, so
 * shards and sums take as few bytes as in a ring, in fewer steps, and are summed in the order of
 * the ranks. Only what all need of one rank goes from rank to rank: {@link #broadcast}.
 */
final class PeerChannel implements CollectiveChannel, Closeable {
  /** Up to here a broadcast's steps would cost more than its bytes. */
  private static final long SMALL_BROADCAST_BYTES = 64 << 10;

  /** What a rank of a broadcast passes on while it receives the next. */
  private static final long BROADCAST_PIECE_BYTES = 1 << 20;

  private final SocketGroup group;
  private final Connector connector;
  private final Block block;
  private final Staging staging;
  private final RankSums floatSums = new FloatSums();
  private final RankSums doubleSums = new DoubleSums();
  private final AtomicBoolean busy = new AtomicBoolean();
  private @Nullable Links links;

  PeerChannel(SocketGroup group, Connector connector, Block block) {
    this.group = group;
    this.connector = connector;
    this.block = block;
    this.staging = new Staging(block.ranks());
  }

  /** What a call does once all ranks have come to it. */
  @FunctionalInterface
  private interface Exchange {
    void run(Links links);
  }

  @Override
  public void allGather(MemorySegment shard, MemorySegment whole) {
    long shardBytes = shard.byteSize();
    call(
        CallText.allGather(shardBytes),
        links -> {
          copy(shard, whole.asSlice(block.mine() * shardBytes, shardBytes));
          for (Peer peer : links.peers()) {
            peer.outgoing().begin(new Pieces(shard));
            peer.incoming()
                .begin(new Pieces(whole.asSlice(peer.number() * shardBytes, shardBytes)));
          }
          links.finish();
        });
  }

  @Override
  public void reduceScatter(MemorySegment whole, MemorySegment shard, boolean accumulate) {
    long shardBytes = shard.byteSize();
    call(
        CallText.reduceScatter(shardBytes, accumulate),
        links -> {
          for (Peer peer : links.peers()) {
            MemorySegment theirs = whole.asSlice(peer.number() * shardBytes, shardBytes);
            peer.outgoing().begin(new Pieces(theirs));
          }
          MemorySegment mine = whole.asSlice(block.mine() * shardBytes, shardBytes);
          sum(links, floatSums, mine, shard, accumulate);
          links.finish();
        });
  }

  @Override
  public void allReduce(MemorySegment floats) {
    allReduce(CallText.allReduce(floats.byteSize()), floats, floatSums);
  }

  @Override
  public void allReduceDoubles(MemorySegment doubles) {
    allReduce(CallText.allReduceDoubles(doubles.byteSize()), doubles, doubleSums);
  }

  /** Each rank sums its part of the elements and sends the sums to the others. */
  private void allReduce(String text, MemorySegment region, RankSums sums) {
    MemorySegment mine = sums.part(region, block.mine(), block.ranks());
    call(
        text,
        links -> {
          for (Peer peer : links.peers()) {
            peer.outgoing().begin(new Pieces(sums.part(region, peer.number(), block.ranks())));
          }
          sum(links, sums, mine, mine, false);
          links.finish();
          for (Peer peer : links.peers()) {
            peer.outgoing().begin(new Pieces(mine));
            peer.incoming().begin(new Pieces(sums.part(region, peer.number(), block.ranks())));
          }
          links.finish();
        });
  }

  /** Sums what the peers send of this rank's part, some of it at a time. */
  private void sum(
      Links links, RankSums sums, MemorySegment mine, MemorySegment target, boolean accumulate) {
    long blockBytes = staging.capacity(sums.elementBytes()) * sums.elementBytes();
    for (long first = 0; first < target.byteSize(); first += blockBytes) {
      long sizeBytes = Math.min(blockBytes, target.byteSize() - first);
      receiveStaged(links, sizeBytes);
      MemorySegment own = mine.asSlice(first, sizeBytes);
      sums.sum(
          block.ranks(),
          from -> from == block.mine() ? own : staging.of(from, sizeBytes),
          target.asSlice(first, sizeBytes),
          accumulate);
    }
  }

  @Override
  public void tokensToHeads(MemorySegment source, MemorySegment target, HeadExchange exchange) {
    HeadRows rows = new HeadRows(exchange);
    long packedBytes = staging.capacity(rows.localRowBytes()) * rows.localRowBytes();
    call(
        CallText.tokensToHeads(exchange),
        links -> {
          for (Peer peer : links.peers()) {
            MemorySegment packed = staging.of(peer.number(), packedBytes);
            List<HeadMove> moves = moves(exchange, peer.number(), new BitSet());
            peer.outgoing().begin(new PackedHeads(rows, source, moves, packed));
            peer.incoming().begin(new Pieces(rows.localRows(target, peer.number())));
          }
          List<HeadMove> mine = moves(exchange, block.mine(), new BitSet());
          rows.toHeads(source, rows.localRows(target, block.mine()), mine);
          links.finish();
        });
  }

  @Override
  public void headsToTokens(MemorySegment source, MemorySegment target, HeadExchange exchange) {
    HeadRows rows = new HeadRows(exchange);
    call(
        CallText.headsToTokens(exchange),
        links -> {
          for (Peer peer : links.peers()) {
            peer.outgoing().begin(new Pieces(rows.localRows(source, peer.number())));
          }
          unpack(links, rows, exchange, rows.localRows(source, block.mine()), target);
          links.finish();
        });
  }

  /** Puts the heads of all ranks into rows of all heads, some tokens at a time. */
  private void unpack(
      Links links, HeadRows rows, HeadExchange exchange, MemorySegment mine, MemorySegment target) {
    BitSet written = new BitSet();
    List<List<HeadMove>> moves = new ArrayList<>();
    for (int from = 0; from < block.ranks(); from++) {
      moves.add(moves(exchange, from, written));
    }
    long tokens = staging.capacity(rows.localRowBytes());
    for (long first = 0; first < rows.tokensOfRank(); first += tokens) {
      long count = Math.min(tokens, rows.tokensOfRank() - first);
      long sizeBytes = count * rows.localRowBytes();
      receiveStaged(links, sizeBytes);
      MemorySegment whole = rows.wholeRows(target, first, count);
      for (int from = 0; from < block.ranks(); from++) {
        MemorySegment local =
            from == block.mine() ? rows.localRows(mine, first, count) : staging.of(from, sizeBytes);
        rows.toTokens(local, whole, moves.get(from));
      }
    }
  }

  @Override
  public void shift(MemorySegment source, MemorySegment target, int distance) {
    int to = Math.floorMod(block.mine() + distance, block.ranks());
    int from = Math.floorMod(block.mine() - distance, block.ranks());
    call(
        CallText.shift(source.byteSize(), distance),
        links -> {
          if (to == block.mine()) {
            target.copyFrom(source);
          } else {
            links.peer(to).outgoing().begin(new Pieces(source));
            links.peer(from).incoming().begin(new Pieces(target));
            links.finish();
          }
        });
  }

  /** From rank to rank, piece by piece: each sends all of it once at most. */
  @Override
  public void broadcast(MemorySegment bytes) {
    call(
        CallText.broadcast(bytes.byteSize()),
        links -> {
          if (bytes.byteSize() <= SMALL_BROADCAST_BYTES) {
            sendToAll(links, bytes);
          } else {
            passOn(links, bytes);
          }
        });
  }

  private void sendToAll(Links links, MemorySegment bytes) {
    if (block.mine() > 0) {
      links.peer(0).incoming().begin(new Pieces(bytes));
    } else {
      links.peers().forEach(peer -> peer.outgoing().begin(new Pieces(bytes)));
    }
    links.finish();
  }

  private void passOn(Links links, MemorySegment bytes) {
    boolean receives = block.mine() > 0;
    boolean sends = block.mine() + 1 < block.ranks();
    for (long at = 0; at < bytes.byteSize(); at += BROADCAST_PIECE_BYTES) {
      long sizeBytes = Math.min(BROADCAST_PIECE_BYTES, bytes.byteSize() - at);
      MemorySegment piece = bytes.asSlice(at, sizeBytes);
      if (receives) {
        links.peer(block.mine() - 1).incoming().begin(new Pieces(piece));
        links.finish(); // and until the piece before was passed on
      }
      if (sends) {
        links.peer(block.mine() + 1).outgoing().begin(new Pieces(piece));
      }
      if (!receives) {
        links.finish();
      }
    }
    links.finish();
  }

  @Override
  public void barrier() {
    call(CallText.barrier(), links -> {});
  }

  @Override
  public void close() throws IOException {
    Links open = links;
    links = null;
    if (open != null) {
      open.close();
    }
  }

  /** A call that fails on this rank for a reason of its own fails on all. */
  private void call(String text, Exchange exchange) {
    group.requireWhole();
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "two threads of rank %d call on stream %s at once"
              .formatted(group.rank(), block.stream()));
    }
    try {
      Links connected = connected();
      connected.meet(text);
      exchange.run(connected);
    } catch (LostRankException e) {
      throw e;
    } catch (IOException e) {
      throw failed(new UncheckedIOException("%s failed: %s".formatted(text, e.getMessage()), e));
    } catch (RuntimeException | Error e) {
      throw failed(e);
    } finally {
      busy.set(false);
    }
  }

  private LostRankException failed(Throwable cause) {
    group.control().fail(cause);
    LostRankException lost = group.lose(group.rank(), LostRankException.failed(cause));
    lost.addSuppressed(cause);
    return lost;
  }

  private Links connected() throws IOException {
    Links open = links;
    if (open == null) {
      open = new Links(group, connector, block);
      links = open;
    }
    return open;
  }

  private void receiveStaged(Links links, long sizeBytes) {
    for (Peer peer : links.peers()) {
      peer.incoming().begin(staging.of(peer.number(), sizeBytes).asByteBuffer());
    }
    links.receive();
  }

  private static List<HeadMove> moves(HeadExchange exchange, int rank, BitSet written) {
    return HeadMove.of(exchange.wholeHeads(rank), written);
  }

  /** Leaves in place what is there already. */
  private static void copy(MemorySegment source, MemorySegment target) {
    if (source.asOverlappingSlice(target).isEmpty()) {
      target.copyFrom(source);
    }
  }
}
