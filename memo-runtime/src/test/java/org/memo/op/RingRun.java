package org.memo.op;

import java.util.ArrayList;
import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

/** An attention over the R places of a ring, one after the other on one device. */
final class RingRun {
  private final TestSlab slab;
  private final AttentionCase attention;
  private final AttentionShape shape;
  private final int places;
  private final int start;

  /** Of the keys' places. */
  private final List<float[]> keysValues = new ArrayList<>();

  private final List<float[]> dkeysValues = new ArrayList<>();

  /** Results, as of the whole sequence. */
  final float[] out;

  final float[] logSumExp;
  final float[] gradient;

  /**
   * @param start how far behind a place's own keys the first keys are that it sees
   */
  RingRun(TestSlab slab, AttentionCase attention, int places, int start) {
    this.slab = slab;
    this.attention = attention;
    this.places = places;
    this.start = start;
    AttentionShape whole = attention.shape;
    shape = ofPlace(whole, places);
    out = new float[attention.dout.length];
    logSumExp = new float[(int) (whole.heads() * whole.tokens())];
    gradient = new float[attention.qkv.length];
    for (int place = 0; place < places; place++) {
      float[] rows = rowsOf(place, attention.qkv, shape.qkvWidth());
      keysValues.add(columns(rows, shape.qkvWidth(), shape.outWidth(), shape.keysValuesWidth()));
      dkeysValues.add(new float[keysValues.get(place).length]);
    }
  }

  /** The shape of a block. */
  static AttentionShape ofPlace(AttentionShape whole, int places) {
    return new AttentionShape(
        whole.tokens() / places,
        whole.heads(),
        whole.kvHeads(),
        whole.headDim(),
        whole.scale(),
        whole.segmentOffsets(),
        0);
  }

  static float[] columns(float[] rows, long width, long first, long cols) {
    int count = (int) (rows.length / width);
    float[] part = new float[count * (int) cols];
    for (int row = 0; row < count; row++) {
      System.arraycopy(rows, (int) (row * width + first), part, row * (int) cols, (int) cols);
    }
    return part;
  }

  RingRun forward() {
    for (int place = 0; place < places; place++) {
      new Queries(place).forward();
    }
    return this;
  }

  RingRun forwardAndBackward() {
    for (int place = 0; place < places; place++) {
      Queries queries = new Queries(place);
      queries.forward();
      queries.backward();
    }
    for (int place = 0; place < places; place++) {
      long width = shape.keysValuesWidth();
      putRows(place, dkeysValues.get(place), width, gradient, shape.qkvWidth(), shape.outWidth());
    }
    return this;
  }

  /** A place whose queries see the keys of one place after another. */
  private final class Queries {
    private final ElementType type = attention.type;
    private final long outElements = shape.tokens() * shape.outWidth();
    private final int place;
    private final DeviceRegion offsets;
    private final DeviceRegion qkv;
    private final DeviceRegion sum;
    private final DeviceRegion statistics;

    Queries(int place) {
      this.place = place;
      slab.clear();
      offsets = slab.put(attention.segmentOffsets);
      qkv = slab.put(type, rowsOf(place, attention.qkv, shape.qkvWidth()));
      sum = slab.floats(outElements);
      statistics = slab.floats(shape.tokens() * shape.heads());
    }

    void forward() {
      for (int step = 0; step < places; step++) {
        int from = keyPlace(step);
        DeviceRegion keys = slab.put(type, keysValues.get(from));
        slab.run(
            new RingAttentionForward(
                qkv, keys, sum, statistics, offsets, block(from), shape, step == 0, type));
      }
      putRows(place, slab.read(sum), shape.outWidth(), out, shape.outWidth(), 0);
      putStatistics(place, slab.read(statistics));
    }

    void backward() {
      DeviceRegion dout = slab.put(type, rowsOf(place, attention.dout, shape.outWidth()));
      DeviceRegion delta = delta(dout);
      DeviceRegion dqueries = slab.put(new float[(int) outElements]);
      for (int step = 0; step < places; step++) {
        int from = keyPlace(step);
        DeviceRegion keys = slab.put(type, keysValues.get(from));
        DeviceRegion dkeys = slab.put(dkeysValues.get(from));
        slab.run(
            new RingAttentionBackward(
                qkv,
                keys,
                dout,
                statistics,
                delta,
                dqueries,
                dkeys,
                offsets,
                block(from),
                shape,
                type));
        dkeysValues.set(from, slab.read(dkeys));
      }
      putRows(place, slab.read(dqueries), shape.outWidth(), gradient, shape.qkvWidth(), 0);
    }

    /** Of the output as it is stored. */
    private DeviceRegion delta(DeviceRegion dout) {
      DeviceRegion stored = slab.room(type, outElements);
      DeviceRegion delta = slab.floats(shape.tokens() * shape.heads());
      long tokens = shape.tokens();
      long width = shape.outWidth();
      slab.run(
          new CopyColumns(sum, stored, tokens, width, width, 0, width, 0, ElementType.F32, type));
      slab.run(
          new AttentionDelta(stored, dout, delta, tokens, shape.heads(), shape.headDim(), type));
      return delta;
    }

    private int keyPlace(int step) {
      return Math.floorMod(place - step - start, places);
    }

    private RingBlock block(int keyPlace) {
      return new RingBlock(shape.tokens() / 2, places, place, keyPlace);
    }
  }

  /** Where in the sequence a token of a place stands. */
  private int position(int place, int token) {
    long chunk = shape.tokens() / 2;
    RingBlock block = new RingBlock(chunk, places, place, place);
    return (int)
        (token < chunk
            ? block.firstChunk(place) + token
            : block.secondChunk(place) + token - chunk);
  }

  private float[] rowsOf(int place, float[] whole, long width) {
    int cols = (int) width;
    float[] rows = new float[(int) shape.tokens() * cols];
    for (int token = 0; token < shape.tokens(); token++) {
      System.arraycopy(whole, position(place, token) * cols, rows, token * cols, cols);
    }
    return rows;
  }

  private void putRows(
      int place, float[] rows, long width, float[] whole, long wholeWidth, long firstColumn) {
    for (int token = 0; token < shape.tokens(); token++) {
      int to = (int) (position(place, token) * wholeWidth + firstColumn);
      System.arraycopy(rows, token * (int) width, whole, to, (int) width);
    }
  }

  private void putStatistics(int place, float[] ofPlace) {
    int tokens = (int) shape.tokens();
    for (int i = 0; i < ofPlace.length; i++) {
      logSumExp[i / tokens * tokens * places + position(place, i % tokens)] = ofPlace[i];
    }
  }
}
