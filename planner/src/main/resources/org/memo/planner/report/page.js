// ---- the page around the charts ----

const TENSORS_LISTED = 20;

function main() {
  const plan = JSON.parse(byId('plan').textContent);
  document.title = `${plan.title}: memory plan`;
  byId('title').textContent = plan.title;
  byId('subtitle').textContent = plan.subtitle;
  showHeadlines(plan.headlines);
  showTotals(plan.totals);
  if (plan.ranks) showRanks(plan.ranks);
  showBudgets(plan);
  const facts = document.documentElement.dataset;
  showSlab(plan.slab, facts);
  if (plan.timeline) showStreams(plan, facts);
  facts.state = 'ready';
}

function byId(id) {
  return document.getElementById(id);
}

function classed(made, name) {
  made.className = name;
  return made;
}

function swatch(key) {
  const made = element('i');
  made.style.background = `var(--${key})`;
  return made;
}

function showHeadlines(headlines) {
  for (const [label, value, hint] of headlines) {
    byId('headlines').append(
      element('div', element('dt', label), classed(element('dd', value), 'value'), classed(element('dd', hint), 'hint')));
  }
}

function showTotals(totals) {
  const body = element('tbody');
  for (const [label, value, hint] of totals) {
    const header = element('th', label);
    header.scope = 'row';
    body.append(element('tr', header, element('td', value), classed(element('td', hint), 'hint')));
  }
  byId('totals').append(body);
}

/** Device memory is shown by kinds at the fullest request; what packing loses is part of it. */
function showBudgets({budgets: [device, host], slab}) {
  const parts = slab.peakBytes.map((bytes, kind) => [slab.kinds[kind][1], slab.kinds[kind][0], bytes]);
  showBudget(device, parts, `; by kinds at request ${formatCount(slab.peakRequest)}, the fullest`);
  showBudget(host, [[host[0], 'host', host[1]]], '');
}

function showBudget([name, used, available], parts, note) {
  const whole = Math.max(used, available, 1);
  const gauge = classed(element('div'), 'gauge');
  for (const [label, key, bytes] of parts.filter(([, , bytes]) => bytes > 0)) {
    const part = swatch(key);
    part.style.width = `${(100 * bytes) / whole}%`;
    part.title = `${label}: ${formatBytes(bytes)}`;
    gauge.append(part);
  }
  const text = available
    ? `${formatBytes(used)} of ${formatBytes(available)}, ${formatPercent(used / available)}`
    : formatBytes(used);
  gauge.setAttribute('role', 'img');
  gauge.setAttribute('aria-label', `${name}: ${text}`);
  const bar = classed(element('div', element('span', name), element('span', text + note)), 'bar');
  byId('budgets').append(classed(element('div', bar, gauge), 'budget'));
}

function showSlab(slab, facts) {
  const painter = new SlabPainter(slab);
  const chart = new Chart(byId('slab'), painter, new Axis(0, painter.end, 8), new Axis(0, slab.bytes, 64));
  chart.canvas.setAttribute(
    'aria-label',
    `${formatCount(painter.tensors.length)} tensors in a slab of ${formatBytes(slab.bytes)} over ` +
      `${formatCount(painter.end)} requests; the largest are in the table Largest tensors`);
  const present = new Set(painter.tensors.map(tensor => tensor.kind));
  const kinds = slab.kinds.map(([key, label, hint], kind) => {
    return {kind, key, label, hint, amount: formatBytes(slab.peakBytes[kind])};
  });
  showLegend('slab-legend', kinds.filter(({kind}) => present.has(kind)), painter, chart);
  showButtons('slab-buttons', chart);
  showTensors(painter, chart);
  chart.draw();
  facts.tensors = painter.tensors.length;
  facts.drawnTensors = painter.drawnCount;
  facts.passes = painter.passes.length;
  facts.slabBytes = slab.bytes;
  facts.requests = painter.end;
}

function showStreams({timeline, budgets, slab}, facts) {
  byId('streams-card').hidden = false;
  const painter = new StreamsPainter(timeline, budgets[1], slab.bytes);
  const canvas = byId('streams');
  canvas.style.height = `${painter.height}px`;
  const chart = new Chart(canvas, painter, new Axis(0, painter.end, painter.end / 1e6));
  const busy = new Float64Array(timeline.kinds.length);
  for (const {spans} of painter.lanes) {
    for (const span of spans) for (const [kind, seconds] of span.busy) busy[kind] += seconds;
  }
  canvas.setAttribute(
    'aria-label',
    `${formatCount(timeline.operations)} operations on ${painter.lanes.length} streams in ${formatSeconds(painter.end)}: ` +
      timeline.kinds.map(([, label], kind) => `${label} ${formatSeconds(busy[kind])}`).join(', '));
  const kinds = timeline.kinds.map(([key, label], kind) => {
    return {kind, key, label, hint: `${formatPercent(busy[kind] / painter.end)} of the step`, amount: formatSeconds(busy[kind])};
  });
  showLegend('streams-legend', kinds.filter(({kind}) => busy[kind] > 0), painter, chart);
  showButtons('streams-buttons', chart);
  chart.draw();
  facts.operations = timeline.operations;
  facts.drawnOperations = painter.drawnCount;
  facts.streams = painter.lanes.length;
  facts.spans = painter.lanes.reduce((count, {spans}) => count + spans.length, 0);
  facts.hostPeak = painter.hostPeak;
}

/** A pressed chip dims the other kinds. */
function showLegend(id, kinds, painter, chart) {
  for (const {kind, key, label, hint, amount} of kinds) {
    const chip = classed(element('button', swatch(key), label, element('small', amount)), 'chip');
    chip.type = 'button';
    chip.title = hint;
    chip.setAttribute('aria-pressed', 'false');
    chip.addEventListener('click', () => {
      painter.lit = painter.lit === kind ? -1 : kind;
      for (const other of byId(id).querySelectorAll('.chip')) {
        other.setAttribute('aria-pressed', String(other === chip && painter.lit === kind));
      }
      chart.redraw();
    });
    byId(id).append(element('li', chip));
  }
}

function showButtons(id, chart) {
  const button = (text, label, action) => {
    const made = element('button', text);
    made.type = 'button';
    made.setAttribute('aria-label', label);
    made.addEventListener('click', action);
    byId(id).append(made);
  };
  button('↔ −', 'Zoom out over time', () => chart.zoom(2));
  button('↔ +', 'Zoom in over time', () => chart.zoom(0.5));
  if (chart.y) {
    button('↕ −', 'Zoom out over addresses', () => chart.zoomUp(2));
    button('↕ +', 'Zoom in over addresses, at the top', () => chart.zoomUp(0.5));
  }
  button('Reset', 'Show all', () => chart.reset());
}

function showTensors(painter, chart) {
  const table = byId('tensors');
  const head = element('tr', element('th', 'Tensor'), classed(element('th', 'Size'), 'number'));
  head.append(
    classed(element('th', 'Times'), 'number'),
    classed(element('th', 'Offset'), 'number wide'),
    classed(element('th', 'Requests'), 'number'));
  const body = element('tbody');
  table.append(element('thead', head), body);
  const groups = groupTensors(painter.bySize);
  const fill = () => {
    const word = byId('search').value.trim().toLowerCase();
    const found = groups.filter(([{name}]) => name.toLowerCase().includes(word));
    body.replaceChildren(...found.slice(0, TENSORS_LISTED).map(group => tensorRow(group, painter, chart)));
    const count = found.reduce((sum, group) => sum + group.length, 0);
    byId('tensors-note').textContent =
      `${Math.min(found.length, TENSORS_LISTED)} of ${formatCount(found.length)} lines for ` +
      `${formatCount(count)} tensors${word ? ' with that name' : ''}. ` +
      'Press one to see it in the slab, and again for the next of its name.';
  };
  byId('search').addEventListener('input', fill);
  fill();
}

/** Tensors of one name and size together, in their order of time; the largest first. */
function groupTensors(tensors) {
  const groups = new Map();
  for (const tensor of tensors) {
    const key = `${tensor.size} ${tensor.name}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(tensor);
  }
  return [...groups.values()];
}

function tensorRow(group, painter, chart) {
  const [first] = group;
  const button = element('button', first.name);
  const offset = classed(element('td'), 'number wide');
  const life = classed(element('td'), 'number');
  let shown = -1;
  const say = ({offset: from, lower, upper}) => {
    offset.textContent = formatBytes(from);
    life.textContent = `${formatCount(lower)}–${formatCount(upper)}`;
  };
  say(first);
  button.type = 'button';
  button.addEventListener('click', () => {
    shown = (shown + 1) % group.length;
    say(group[shown]);
    painter.reveal(chart, group[shown]);
    byId('slab-title').scrollIntoView({behavior: 'smooth', block: 'start'});
  });
  return element(
    'tr',
    element('td', button),
    classed(element('td', formatBytes(first.size)), 'number'),
    classed(element('td', formatCount(group.length)), 'number'),
    offset,
    life);
}

window.addEventListener('error', event => {
  document.documentElement.dataset.state = 'failed';
  document.documentElement.dataset.error = event.message;
});
main();
