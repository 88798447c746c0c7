// ---- the slab: addresses over requests ----

class SlabPainter {
  constructor(slab) {
    this.slab = slab;
    this.tensors = readTensors(slab);
    this.passes = slab.passes.map(readPass);
    this.sections = slab.sections.map(([name, lower]) => ({name, lower}));
    this.end = this.tensors.reduce((end, tensor) => Math.max(end, tensor.upper), 1);
    // What is too small to be seen is drawn a pixel high: it must not hide under a large one.
    this.bySize = [...this.tensors].sort((a, b) => b.size - a.size);
    this.alive = aliveBytes(this.tensors);
    this.lit = -1; // the only kind in full colour, or -1
    this.selected = null;
  }

  margins(width) {
    return {left: width < 500 ? 56 : 70, right: 10, top: this.passes.length ? 26 : 8, bottom: 42};
  }

  draw(chart, context) {
    context.fillStyle = colour('plot');
    context.fillRect(chart.left, chart.top, chart.plotWidth, chart.plotHeight);
    this.drawAxes(chart, context);
    chart.clipped(context, () => {
      const labels = [];
      this.drawnCount = 0;
      for (const tensor of this.bySize) this.drawTensor(chart, context, tensor, labels);
      this.drawLabels(context, labels);
    });
    this.drawPasses(chart, context);
  }

  drawOver(chart, context) {
    chart.clipped(context, () => {
      this.outline(chart, context, this.selected);
      this.outline(chart, context, chart.hovered);
      drawCursor(chart, context, chart.top + chart.plotHeight);
    });
  }

  drawAxes(chart, context) {
    context.textAlign = 'right';
    for (const [value, label] of byteTicks(chart.y.lo, chart.y.hi, chart.plotHeight / 60)) {
      const y = Math.round(chart.toY(value));
      context.fillStyle = colour('grid');
      context.fillRect(chart.left, y, chart.plotWidth, 1);
      context.fillStyle = colour('soft');
      context.fillText(label, chart.left - 7, Math.min(Math.max(y, chart.top + 6), chart.top + chart.plotHeight));
    }
    const bottom = chart.top + chart.plotHeight;
    drawTimeAxis(chart, context, ticks(chart.x.lo, chart.x.hi, chart.plotWidth / 110, 1, '', 1), bottom);
    this.drawSections(chart, context, bottom);
  }

  /** Where a section begins, and at the left the name of the one that has begun before. */
  drawSections(chart, context, bottom) {
    context.textAlign = 'left';
    let free = 0; // where the label before ends
    const shown = Math.max(0, lastAtMost(this.sections, chart.x.lo, section => section.lower));
    for (const {name, lower} of this.sections.slice(shown)) {
      const x = Math.round(chart.toX(lower));
      if (x > chart.left + chart.plotWidth) break;
      const width = textWidth(context, name);
      const at = Math.min(Math.max(x, chart.left) + 5, chart.width - width - 2);
      context.fillStyle = colour('soft');
      if (x >= chart.left) context.fillRect(x, chart.top, 1, chart.plotHeight + (at < free ? 0 : 34));
      if (at < free) continue;
      context.fillStyle = colour('ink');
      context.fillText(name, at, bottom + 30);
      free = at + width + 8;
    }
  }

  drawTensor(chart, context, tensor, labels) {
    const box = this.box(chart, tensor);
    if (!box) return;
    this.drawnCount++;
    context.globalAlpha = this.lit < 0 || this.lit === tensor.kind ? 1 : 0.13;
    context.fillStyle = colour(this.slab.kinds[tensor.kind][0]);
    const gapX = box.width > 4 ? 1 : 0;
    const gapY = box.height > 4 ? 1 : 0;
    context.fillRect(box.x, box.y + gapY, box.width - gapX, box.height - gapY);
    if (box.width > 44 && box.height > 14) labels.push({tensor, box, alpha: context.globalAlpha});
    context.globalAlpha = 1;
  }

  /** The visible part of a tensor's rectangle, at least a pixel; nothing where none is visible. */
  box(chart, tensor) {
    const left = Math.max(chart.left, chart.toX(tensor.lower));
    const right = Math.min(chart.left + chart.plotWidth, chart.toX(tensor.upper));
    const top = Math.max(chart.top, chart.toY(tensor.offset + tensor.size));
    const bottom = Math.min(chart.top + chart.plotHeight, chart.toY(tensor.offset));
    if (right < chart.left || left > chart.left + chart.plotWidth) return null;
    if (bottom < chart.top || top > chart.top + chart.plotHeight) return null;
    const height = Math.max(1, bottom - top);
    return {x: left, y: bottom - height, width: Math.max(1, right - left), height};
  }

  drawLabels(context, labels) {
    context.textAlign = 'left';
    context.fillStyle = colour('on-kind');
    for (const {tensor, box, alpha} of labels) {
      context.globalAlpha = alpha;
      const room = box.width - 10;
      const long = `${tensor.name}  ${formatBytes(tensor.size)}`;
      const text = [long, tensor.name].find(choice => textWidth(context, choice) <= room) ?? shortened(tensor.name, room);
      context.fillText(text, box.x + 5, box.y + box.height / 2 + 1);
    }
    context.globalAlpha = 1;
  }

  outline(chart, context, tensor) {
    const box = tensor && this.box(chart, tensor);
    if (!box) return;
    context.strokeStyle = colour('ink');
    context.lineWidth = 2;
    context.strokeRect(box.x, box.y, Math.max(2, box.width - 1), Math.max(2, box.height));
  }

  drawPasses(chart, context) {
    const labels = [];
    for (const pass of this.passes) {
      const from = Math.max(chart.left, chart.toX(pass.lower));
      const to = Math.min(chart.left + chart.plotWidth, chart.toX(pass.upper));
      if (to <= from) continue;
      context.fillStyle = colour(pass.direction === 'backward' ? 'backward' : 'forward');
      context.fillRect(from, 4, Math.max(1, to - from - (to - from > 3 ? 1 : 0)), 18);
      const text = this.passLabel(context, pass, to - from, chart.toX(pass.upper) - chart.toX(pass.lower));
      if (text) labels.push([text, (from + to) / 2]);
    }
    context.textAlign = 'center';
    context.fillStyle = colour('ink');
    for (const [text, x] of labels) context.fillText(text, x, 14);
  }

  /** Where there is no room for each layer's number, every second, fourth, ... has one. */
  passLabel(context, pass, shown, width) {
    const long = `${pass.direction} ${pass.layer}`;
    if (textWidth(context, long) <= shown - 6) return long;
    let stride = 1;
    while (stride * width < 22) stride *= 2;
    return shown >= width - 1 && pass.layer % stride === 0 ? String(pass.layer) : '';
  }

  tip(chart, x, y) {
    const request = Math.floor(chart.fromX(x));
    if (x < chart.left || request < 0 || request >= this.end) return null;
    if (y < chart.top) return this.passTip(request);
    const tensor = this.tensorAt(chart, x, y);
    if (tensor) return this.tensorTip(tensor, request);
    if (y > chart.top + chart.plotHeight) return null;
    return {title: 'Free', rows: [['request', formatCount(request)], ...this.aliveRow(request)]};
  }

  /** The smallest of those that are hit or missed by three pixels at most; what is hit wins. */
  tensorAt(chart, x, y) {
    let best = null;
    let bestRank = Infinity;
    const [first, last] = [chart.fromX(x - 4), chart.fromX(x + 4)];
    for (const tensor of this.tensors) {
      const box = tensor.lower <= last && tensor.upper >= first && this.box(chart, tensor);
      if (!box) continue;
      const missX = Math.max(box.x - x, x - box.x - box.width, 0);
      const missY = Math.max(box.y - y, y - box.y - box.height, 0);
      const small = Math.min(box.width, box.height) < 4;
      const rank = missX + missY + (small ? 0 : 0.5);
      if (Math.max(missX, missY) <= (small ? 3 : 0) && rank < bestRank) {
        best = tensor;
        bestRank = rank;
      }
    }
    return best;
  }

  tensorTip(tensor, request) {
    const pass = this.passAt(tensor.lower);
    const rows = [
      ['size', formatExactBytes(tensor.size)],
      ['offset', formatExactBytes(tensor.offset)],
      ['lives', `requests ${formatCount(tensor.lower)} to ${formatCount(tensor.upper)}`],
      ['kind', this.slab.kinds[tensor.kind][1]],
      ['section', this.sectionAt(tensor.lower)],
    ];
    if (pass) rows.push(['pass', passName(pass)]);
    rows.push(...this.aliveRow(request));
    return {title: tensor.name, rows, item: tensor};
  }

  passTip(request) {
    const pass = this.passAt(request);
    return pass && {
      title: passName(pass),
      rows: [
        ['requests', `${formatCount(pass.lower)} to ${formatCount(pass.upper)}`],
        ['section', this.sectionAt(pass.lower)],
      ],
    };
  }

  passAt(request) {
    const pass = this.passes[lastAtMost(this.passes, request, pass => pass.lower)];
    return pass && request < pass.upper ? pass : null;
  }

  sectionAt(request) {
    return this.sections[Math.max(0, lastAtMost(this.sections, request, section => section.lower))].name;
  }

  aliveRow(request) {
    const at = this.alive[lastAtMost(this.alive, request, ([from]) => from)];
    return at ? [['alive here', formatBytes(at[1])]] : [];
  }

  /** Moves the view to a tensor, so near that it can be seen. */
  reveal(chart, tensor) {
    this.selected = tensor;
    const life = tensor.upper - tensor.lower;
    chart.x.show(tensor.lower - Math.max(20, life), tensor.upper + Math.max(20, life));
    chart.y.reset();
    if (tensor.size < this.slab.bytes / 40) {
      chart.y.show(tensor.offset - 6 * tensor.size, tensor.offset + 7 * tensor.size);
    }
    chart.redraw();
  }
}

function passName(pass) {
  return `${pass.direction}, layer ${pass.layer}` + (pass.form ? ` (${pass.form.toLowerCase()})` : '');
}

/** How many bytes are alive from each request on: [request, bytes] pairs. */
function aliveBytes(tensors) {
  const changes = new Map();
  for (const {lower, upper, size} of tensors) {
    changes.set(lower, (changes.get(lower) ?? 0) + size);
    changes.set(upper, (changes.get(upper) ?? 0) - size);
  }
  let alive = 0;
  return [...changes].sort(([a], [b]) => a - b).map(([request, bytes]) => [request, (alive += bytes)]);
}

/** As much of a name as there is room for; letters are taken to be 7 pixels wide. */
function shortened(name, room) {
  return name.slice(0, Math.floor(room / 7)).trim() + '…';
}

const textWidths = new Map();

function textWidth(context, text) {
  if (!textWidths.has(text)) textWidths.set(text, context.measureText(text).width);
  return textWidths.get(text);
}
