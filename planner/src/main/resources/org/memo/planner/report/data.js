// ---- the data, unpacked ----

/** The slab's tensors in the order of their allocation. */
function readTensors(slab) {
  const tensors = [];
  let lower = 0;
  for (let i = 0; i < slab.tensors.length; i += 4) {
    const [name, kind, size] = slab.what[slab.tensors[i]];
    lower += slab.tensors[i + 1];
    tensors.push({name, kind, size, lower, upper: lower + slab.tensors[i + 2], offset: slab.tensors[i + 3]});
  }
  return tensors;
}

function readPass([direction, layer, form, lower, upper]) {
  return {direction, layer, form, lower, upper};
}

/** A stream's spans, in seconds; `busy` holds [kind, seconds] pairs. */
function readLane([stream, numbers], timeline) {
  const spans = [];
  const tick = timeline.tick;
  let now = 0;
  for (let i = 0; i < numbers.length; ) {
    const start = now + numbers[i++];
    const end = start + numbers[i++];
    const span = {start: start * tick, end: end * tick, name: timeline.names[numbers[i++]], count: 1};
    if (numbers[i] >= 0) {
      const kind = numbers[i++];
      span.busy = [[kind, (end - start) * tick]];
      if (timeline.kinds[kind][0] === 'stall') span.count = 0;
    } else {
      span.count = -numbers[i++];
      span.busy = [];
      for (let kinds = numbers[i++]; kinds > 0; kinds--) {
        span.busy.push([numbers[i++], numbers[i++] * tick]);
      }
    }
    spans.push(span);
    now = end;
  }
  return {stream, spans};
}

/** From each moment on, what host memory holds: [seconds, bytes] pairs. */
function readHost(timeline) {
  const levels = [];
  let now = 0;
  for (let i = 0; i < timeline.host.length; i += 2) {
    now += timeline.host[i];
    levels.push([now * timeline.tick, timeline.host[i + 1]]);
  }
  return levels;
}

/** The index of the last item whose value is at most `value`, or -1; items ascend. */
function lastAtMost(items, value, of) {
  let lo = 0;
  let hi = items.length;
  while (lo < hi) {
    const middle = (lo + hi) >> 1;
    if (of(items[middle]) <= value) lo = middle + 1;
    else hi = middle;
  }
  return lo - 1;
}
