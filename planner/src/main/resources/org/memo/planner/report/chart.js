// ---- what both charts share: axes, drawing, pointer and keys ----

let colours = new Map();

/** A turn of the wheel that began as scrolling goes on as scrolling, whatever comes under the pointer. */
const SCROLL_REST_MS = 200;
let lastScroll = -Infinity;
addEventListener('scroll', () => (lastScroll = performance.now()), {passive: true});

/** A colour of the style sheet, light or dark. */
function colour(name) {
  if (!colours.has(name)) {
    colours.set(name, getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim());
  }
  return colours.get(name);
}

/** The visible part [lo, hi] of [first, last]. */
class Axis {
  constructor(first, last, smallestSpan) {
    this.first = first;
    this.last = Math.max(last, first + smallestSpan);
    this.smallestSpan = smallestSpan;
    this.reset();
  }

  get isWhole() {
    return this.lo <= this.first && this.hi >= this.last;
  }

  reset() {
    this.lo = this.first;
    this.hi = this.last;
  }

  show(lo, hi) {
    const span = Math.min(Math.max(hi - lo, this.smallestSpan), this.last - this.first);
    this.lo = Math.min(Math.max((lo + hi - span) / 2, this.first), this.last - span);
    this.hi = this.lo + span;
  }

  /** Keeps `at` where it is. */
  zoom(factor, at) {
    const span = Math.max((this.hi - this.lo) * factor, this.smallestSpan);
    const scale = span / (this.hi - this.lo);
    const lo = at - (at - this.lo) * scale;
    this.show(lo, lo + span);
  }

  pan(distance) {
    this.show(this.lo + distance, this.hi + distance);
  }
}

/**
 * A canvas with an axis to the right and perhaps one upwards. The painter has margins(width) ->
 * {left, right, top, bottom}, draw(chart, context), drawOver(chart, context) for what follows the
 * pointer, and tip(chart, x, y) -> what to say of that place ({title, rows, item}) or null.
 */
class Chart {
  constructor(canvas, painter, x, y) {
    Object.assign(this, {canvas, painter, x, y, hovered: null, cursor: null, pointers: new Map(), moved: false});
    this.picture = document.createElement('canvas'); // all but what follows the pointer
    new ResizeObserver(() => this.redraw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      colours = new Map();
      this.redraw();
    });
    canvas.addEventListener('wheel', event => this.wheel(event), {passive: false});
    canvas.addEventListener('pointerdown', event => this.press(event));
    canvas.addEventListener('pointermove', event => this.move(event));
    canvas.addEventListener('pointerup', event => this.release(event));
    canvas.addEventListener('pointercancel', event => this.release(event));
    canvas.addEventListener('pointerleave', () => this.point(null));
    canvas.addEventListener('dblclick', () => this.reset());
    canvas.addEventListener('keydown', event => this.key(event));
  }

  toX(value) {
    return this.left + ((value - this.x.lo) / (this.x.hi - this.x.lo)) * this.plotWidth;
  }

  fromX(px) {
    return this.x.lo + ((px - this.left) / this.plotWidth) * (this.x.hi - this.x.lo);
  }

  toY(value) {
    return this.top + this.plotHeight * (1 - (value - this.y.lo) / (this.y.hi - this.y.lo));
  }

  fromY(px) {
    return this.y.lo + (1 - (px - this.top) / this.plotHeight) * (this.y.hi - this.y.lo);
  }

  /** At the next frame, however often it is asked for. */
  redraw() {
    this.stale = true;
    this.redrawOver();
  }

  /** The same, where only what follows the pointer has changed. */
  redrawOver() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.stale) this.draw();
      else this.drawOver();
    });
  }

  draw() {
    const {canvas, picture, painter} = this;
    const density = window.devicePixelRatio || 1;
    this.width = canvas.clientWidth;
    this.height = canvas.clientHeight;
    canvas.width = picture.width = Math.round(this.width * density);
    canvas.height = picture.height = Math.round(this.height * density);
    const {left, right, top, bottom} = painter.margins(this.width);
    Object.assign(this, {left, top, density, plotWidth: Math.max(1, this.width - left - right)});
    this.plotHeight = Math.max(1, this.height - top - bottom);
    painter.draw(this, this.context(picture));
    this.stale = false;
    this.drawOver();
    canvas.dataset.plot = [this.left, this.top, this.plotWidth, this.plotHeight].join(' ');
    canvas.dataset.shown = [this.x.lo, this.x.hi, this.y?.lo ?? 0, this.y?.hi ?? 0].join(' ');
  }

  drawOver() {
    const context = this.context(this.canvas);
    context.clearRect(0, 0, this.width, this.height);
    if (this.picture.width && this.picture.height) context.drawImage(this.picture, 0, 0, this.width, this.height);
    this.painter.drawOver(this, context);
  }

  /** To draw with in pixels of the style sheet. */
  context(canvas) {
    const context = canvas.getContext('2d');
    context.setTransform(this.density, 0, 0, this.density, 0, 0);
    context.font = '12px system-ui, sans-serif';
    context.textBaseline = 'middle';
    return context;
  }

  /** Runs `paint` with all that it paints kept within the plot. */
  clipped(context, paint) {
    context.save();
    context.beginPath();
    context.rect(this.left, this.top, this.plotWidth, this.plotHeight);
    context.clip();
    paint();
    context.restore();
  }

  reset() {
    this.x.reset();
    this.y?.reset();
    this.painter.selected = null;
    this.redraw();
  }

  zoom(factor, at = (this.x.lo + this.x.hi) / 2) {
    this.x.zoom(factor, at);
    this.redraw();
  }

  /** What is at the top stays there: the workspaces of passes, most of the time. */
  zoomUp(factor) {
    this.y.zoom(factor, this.y.hi);
    this.redraw();
  }

  wheel(event) {
    if (performance.now() - lastScroll < SCROLL_REST_MS) return;
    const {x, y} = this.place(event);
    const turn = (event.deltaY || event.deltaX) * (event.deltaMode === 1 ? 30 : 1);
    const factor = Math.exp(Math.max(-0.5, Math.min(0.5, turn * 0.0025)));
    if (event.shiftKey && this.y) {
      this.y.zoom(factor, this.fromY(y));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.x.pan((event.deltaX / this.plotWidth) * (this.x.hi - this.x.lo));
    } else if (factor > 1 && this.x.isWhole) {
      return; // nothing is left to zoom out of: the page scrolls
    } else {
      this.x.zoom(factor, this.fromX(x));
    }
    event.preventDefault();
    this.redraw();
    this.point(event);
  }

  press(event) {
    if (event.button > 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    this.moved = false;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      this.point(event);
      return;
    }
    const now = this.place(event);
    if (!this.moved && Math.abs(now.x - before.x) + Math.abs(now.y - before.y) < 4) return;
    this.moved = true;
    this.canvas.classList.add('dragged');
    if (this.pointers.size === 1) {
      this.drag(before, now, event.pointerType);
    } else {
      this.pinch(event.pointerId, before, now);
    }
    this.pointers.set(event.pointerId, now);
    this.point(null);
    this.redraw();
  }

  drag(before, now, pointerType) {
    this.x.pan(((before.x - now.x) / this.plotWidth) * (this.x.hi - this.x.lo));
    if (this.y && pointerType !== 'touch') {
      this.y.pan(((now.y - before.y) / this.plotHeight) * (this.y.hi - this.y.lo));
    }
  }

  /** Of two fingers one has moved. */
  pinch(id, before, now) {
    const [, other] = [...this.pointers].find(([otherId]) => otherId !== id);
    const apart = Math.max(10, Math.abs(before.x - other.x));
    this.x.zoom(apart / Math.max(10, Math.abs(now.x - other.x)), this.fromX(other.x));
  }

  release(event) {
    this.pointers.delete(event.pointerId);
    this.canvas.classList.remove('dragged');
    if (event.type === 'pointerup' && !this.moved) this.point(event);
  }

  key(event) {
    const step = (this.x.hi - this.x.lo) / 10;
    const actions = {
      ArrowLeft: () => this.x.pan(-step),
      ArrowRight: () => this.x.pan(step),
      '+': () => this.x.zoom(0.7, (this.x.lo + this.x.hi) / 2),
      '=': () => this.x.zoom(0.7, (this.x.lo + this.x.hi) / 2),
      '-': () => this.x.zoom(1 / 0.7, (this.x.lo + this.x.hi) / 2),
      0: () => this.reset(),
      Escape: () => this.reset(),
    };
    if (this.y && !this.y.isWhole) {
      const up = (this.y.hi - this.y.lo) / 10;
      actions.ArrowUp = () => this.y.pan(up);
      actions.ArrowDown = () => this.y.pan(-up);
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !actions[event.key]) return;
    actions[event.key]();
    event.preventDefault();
    this.redraw();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return {x: event.clientX - box.left, y: event.clientY - box.top};
  }

  /** Says what is under the pointer; nothing, where there is no event. */
  point(event) {
    this.cursor = event ? this.place(event) : null;
    const tip = this.cursor && this.painter.tip(this, this.cursor.x, this.cursor.y);
    this.hovered = tip?.item ?? null;
    if (tip) showTip(tip, event.clientX, event.clientY);
    else hideTip();
    this.redrawOver();
  }
}

/** Marks and labels below the plot. */
function drawTimeAxis(chart, context, marks, y) {
  context.textAlign = 'center';
  for (const [value, label] of marks) {
    const x = Math.round(chart.toX(value)) + 0.5;
    context.fillStyle = colour('grid');
    context.fillRect(x - 0.5, chart.top, 1, y - chart.top);
    context.fillStyle = colour('soft');
    const half = context.measureText(label).width / 2;
    context.fillText(label, Math.min(Math.max(x, half + 2), chart.width - half - 2), y + 12);
  }
}

/** A thin line where the pointer is. */
function drawCursor(chart, context, bottom) {
  if (!chart.cursor || chart.cursor.x < chart.left || chart.cursor.x > chart.left + chart.plotWidth) return;
  context.globalAlpha = 0.35;
  context.fillStyle = colour('ink');
  context.fillRect(Math.round(chart.cursor.x), chart.top, 1, bottom - chart.top);
  context.globalAlpha = 1;
}

// ---- the tooltip ----

function showTip({title, rows}, x, y) {
  const tip = document.getElementById('tooltip');
  const list = element('dl');
  for (const [term, text] of rows) list.append(element('dt', term), element('dd', text));
  tip.replaceChildren(element('b', title), list);
  tip.hidden = false;
  const {width, height} = tip.getBoundingClientRect();
  const left = x + 16 + width < innerWidth ? x + 16 : Math.max(4, x - 16 - width);
  const top = y + 16 + height < innerHeight ? y + 16 : Math.max(4, y - 16 - height);
  tip.style.transform = `translate(${left}px, ${top}px)`;
}

function hideTip() {
  document.getElementById('tooltip').hidden = true;
}

/** A new element with text or children, which are never read as markup. */
function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
