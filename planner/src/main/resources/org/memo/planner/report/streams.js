// ---- the streams and host memory over time ----

const LANE_HEIGHT = 34;
const LANE_GAP = 9;
const HOST_HEIGHT = 110;

class StreamsPainter {
  constructor(timeline, hostBudget, slabBytes) {
    this.timeline = timeline;
    this.lanes = timeline.lanes.map(lane => readLane(lane, timeline));
    this.host = readHost(timeline);
    this.hostAvailable = hostBudget[2];
    this.hostPeak = this.host.reduce((peak, [, bytes]) => Math.max(peak, bytes), 0);
    this.showsHost = this.hostPeak > slabBytes / 1000; // else there are but a step's tokens
    this.lit = -1;
    this.end = timeline.end * timeline.tick;
  }

  get lanesHeight() {
    return this.lanes.length * (LANE_HEIGHT + LANE_GAP);
  }

  /** Of the whole canvas. */
  get height() {
    return this.lanesHeight + (this.showsHost ? HOST_HEIGHT + 18 : 0) + 34;
  }

  margins(width) {
    return {left: width < 500 ? 62 : 84, right: 12, top: 6, bottom: 28};
  }

  draw(chart, context) {
    const bottom = chart.top + chart.plotHeight;
    drawTimeAxis(chart, context, this.marks(chart), bottom);
    this.drawnCount = 0;
    this.lanes.forEach((lane, index) => this.drawLane(chart, context, lane, this.laneTop(chart, index)));
    if (this.showsHost) this.drawHost(chart, context, bottom);
  }

  drawOver(chart, context) {
    chart.clipped(context, () => {
      if (chart.hovered) this.outline(chart, context, chart.hovered);
      drawCursor(chart, context, chart.top + chart.plotHeight);
    });
  }

  marks(chart) {
    const shown = chart.x.hi - chart.x.lo;
    const [unit, suffix] = this.end >= 1 || shown >= 1 ? [1, ' s'] : this.end >= 1e-3 ? [1e-3, ' ms'] : [1e-6, ' µs'];
    return ticks(chart.x.lo, chart.x.hi, chart.plotWidth / 110, unit, suffix);
  }

  laneTop(chart, index) {
    return chart.top + index * (LANE_HEIGHT + LANE_GAP);
  }

  drawLane(chart, context, lane, top) {
    context.textAlign = 'right';
    context.fillStyle = colour('ink');
    context.fillText(lane.stream, chart.left - 9, top + LANE_HEIGHT / 2);
    context.fillStyle = colour('plot');
    context.fillRect(chart.left, top, chart.plotWidth, LANE_HEIGHT);
    chart.clipped(context, () => this.drawSpans(chart, context, lane.spans, top));
  }

  /** Each column of pixels is shared by the kinds of work as they share its time. */
  drawSpans(chart, context, spans, top) {
    const kinds = this.timeline.kinds.length;
    const shares = new Float64Array(Math.ceil(chart.plotWidth) * kinds);
    const wide = [];
    for (let i = Math.max(0, lastAtMost(spans, chart.x.lo, span => span.start)); i < spans.length; i++) {
      const span = spans[i];
      if (span.start > chart.x.hi) break;
      if (span.end < chart.x.lo) continue;
      this.drawnCount += span.count;
      const from = chart.toX(span.start) - chart.left;
      const to = chart.toX(span.end) - chart.left;
      this.share(span, from, to, shares);
      if (to - from > 5) wide.push({span, from: chart.left + from, to: chart.left + to});
    }
    for (let x = 0; x < shares.length / kinds; x++) {
      this.drawColumn(context, shares.subarray(x * kinds, (x + 1) * kinds), chart.left + x, top);
    }
    for (const {span, from, to} of wide) this.drawEdges(context, span, from, to, top);
  }

  /** Adds a span of the pixels [from, to) to the columns that it is in. */
  share(span, from, to, shares) {
    const kinds = this.timeline.kinds.length;
    const columns = shares.length / kinds;
    const seconds = span.end - span.start;
    for (let x = Math.max(0, Math.floor(from)); x < Math.min(columns, to); x++) {
      const part = Math.min(to, x + 1) - Math.max(from, x);
      for (const [kind, busy] of span.busy) shares[x * kinds + kind] += seconds ? (part * busy) / seconds : 0;
    }
  }

  /** Bars on each other; what there is at all can be seen. */
  drawColumn(context, shares, x, top) {
    let y = top + LANE_HEIGHT;
    shares.forEach((share, kind) => {
      if (share <= 0) return;
      const height = Math.max(2, Math.min(share, 1) * LANE_HEIGHT);
      const upper = Math.max(top, y - height);
      context.globalAlpha = this.lit < 0 || this.lit === kind ? 1 : 0.13;
      context.fillStyle = colour(this.timeline.kinds[kind][0]);
      context.fillRect(x, upper, 1, y - upper);
      y = upper;
    });
    context.globalAlpha = 1;
  }

  /** Sets a span apart from the next, and names it where there is room. */
  drawEdges(context, span, from, to, top) {
    context.fillStyle = colour('card');
    context.fillRect(Math.round(to) - 1, top, 1, LANE_HEIGHT);
    const text = span.count > 1 ? `${span.count} operations` : span.name;
    const start = Math.max(from, 0);
    if (textWidth(context, text) > to - start - 10) return;
    context.textAlign = 'left';
    context.fillStyle = colour('on-kind');
    context.fillText(text, start + 5, top + LANE_HEIGHT / 2 + 1);
  }

  outline(chart, context, {span, lane}) {
    const x = chart.toX(span.start);
    context.strokeStyle = colour('ink');
    context.lineWidth = 2;
    context.strokeRect(x, this.laneTop(chart, lane) + 1, Math.max(2, chart.toX(span.end) - x), LANE_HEIGHT - 2);
  }

  /** The level as a filled curve, and what is available as a dashed line where that is near. */
  drawHost(chart, context, bottom) {
    const highest = this.hostHighest();
    const toY = bytes => bottom - (bytes / highest) * (HOST_HEIGHT - 10);
    context.fillStyle = colour('plot');
    context.fillRect(chart.left, bottom - HOST_HEIGHT, chart.plotWidth, HOST_HEIGHT);
    this.drawHostLabels(chart, context, toY);
    chart.clipped(context, () => {
      context.beginPath();
      this.traceHost(chart, context, toY);
      context.strokeStyle = colour('host');
      context.lineWidth = 1.6;
      context.stroke();
      context.lineTo(chart.left + chart.plotWidth, bottom);
      context.lineTo(chart.left, bottom);
      context.globalAlpha = 0.3;
      context.fillStyle = colour('host');
      context.fill();
      context.globalAlpha = 1;
    });
  }

  hostHighest() {
    const near = this.hostAvailable && this.hostAvailable < 3 * this.hostPeak;
    return near ? Math.max(this.hostAvailable, this.hostPeak) : this.hostPeak;
  }

  drawHostLabels(chart, context, toY) {
    const highest = this.hostHighest();
    context.textAlign = 'right';
    for (const [value, label] of byteTicks(0, highest, 3)) {
      context.fillStyle = colour('grid');
      context.fillRect(chart.left, Math.round(toY(value)), chart.plotWidth, 1);
      context.fillStyle = colour('soft');
      context.fillText(label, chart.left - 9, toY(value) - (value ? 0 : 5));
    }
    context.textAlign = 'left';
    context.fillStyle = colour('ink');
    context.fillText('host memory', chart.left + 8, toY(highest) + 12);
    if (highest === this.hostAvailable) {
      context.fillStyle = colour('stall');
      for (let x = chart.left; x < chart.left + chart.plotWidth; x += 9) {
        context.fillRect(x, Math.round(toY(highest)), 5, 1);
      }
    }
  }

  traceHost(chart, context, toY) {
    let y = toY(0);
    let x = chart.left;
    const first = Math.max(0, lastAtMost(this.host, chart.x.lo, ([seconds]) => seconds));
    for (let i = first; i < this.host.length; i++) {
      const [seconds, bytes] = this.host[i];
      const next = Math.max(chart.left, chart.toX(seconds));
      if (i === first) context.moveTo(chart.left, toY(bytes));
      else context.lineTo(next, y);
      y = toY(bytes);
      x = next;
      context.lineTo(x, y);
      if (seconds > chart.x.hi) break;
    }
    context.lineTo(chart.left + chart.plotWidth, y);
  }

  tip(chart, x, y) {
    const seconds = chart.fromX(x);
    if (x < chart.left || x > chart.left + chart.plotWidth) return null;
    const index = Math.floor((y - chart.top) / (LANE_HEIGHT + LANE_GAP));
    if (index >= 0 && index < this.lanes.length) return this.laneTip(chart, index, seconds);
    return this.showsHost && y > this.lanesHeight ? this.hostTip(seconds) : null;
  }

  laneTip(chart, index, seconds) {
    const {stream, spans} = this.lanes[index];
    const slack = (2 / chart.plotWidth) * (chart.x.hi - chart.x.lo);
    const at = lastAtMost(spans, seconds, span => span.start);
    const span = [spans[at], spans[at + 1]].find(
      near => near && seconds >= near.start - slack && seconds <= near.end + slack);
    if (!span) return {title: 'Idle', rows: [['stream', stream], ['time', formatSeconds(seconds)]]};
    const rows = [
      ['stream', stream],
      ['start', formatSeconds(span.start)],
      ['takes', formatSeconds(span.end - span.start)],
    ];
    const single = span.count <= 1 && span.busy.length === 1;
    const [kind] = span.busy[0];
    if (single && this.timeline.kinds[kind][0] === 'stall') {
      return {title: `Stall ${span.name}`, rows, item: {span, lane: index}};
    }
    if (single) rows.push(['kind', this.timeline.kinds[kind][1]]);
    else for (const [busyKind, busy] of span.busy) rows.push([this.timeline.kinds[busyKind][1], formatSeconds(busy)]);
    if (!single) rows.push(['longest', span.name]);
    const title = single ? span.name : `${formatCount(span.count)} operations`;
    return {title, rows, item: {span, lane: index}};
  }

  hostTip(seconds) {
    const at = this.host[lastAtMost(this.host, seconds, ([from]) => from)];
    const rows = [['time', formatSeconds(seconds)], ['holds', formatExactBytes(at ? at[1] : 0)]];
    if (this.hostAvailable) rows.push(['available', formatBytes(this.hostAvailable)]);
    return {title: 'Host memory', rows};
  }
}
