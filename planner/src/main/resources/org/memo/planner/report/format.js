'use strict';
// ---- numbers for people ----

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** About three digits. */
function short(value) {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function byteUnit(bytes) {
  let unit = 0;
  while (bytes >= 1024 && unit < BYTE_UNITS.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return unit;
}

function formatBytes(bytes) {
  const unit = byteUnit(bytes);
  return (unit ? short(bytes / 1024 ** unit) : bytes) + ' ' + BYTE_UNITS[unit];
}

function formatCount(count) {
  return count.toLocaleString('en-US');
}

function formatExactBytes(bytes) {
  return bytes < 1024 ? formatBytes(bytes) : `${formatBytes(bytes)} (${formatCount(bytes)} bytes)`;
}

function formatSeconds(seconds) {
  if (seconds >= 100) return seconds.toFixed(1) + ' s';
  if (seconds >= 1) return seconds.toFixed(3) + ' s';
  if (seconds >= 1e-3) return short(seconds * 1e3) + ' ms';
  return seconds ? short(seconds * 1e6) + ' µs' : '0 s';
}

function formatPercent(share) {
  return (100 * share).toFixed(share < 0.0995 ? 1 : 0) + ' %';
}

/** Steps of 1, 2 or 5 times a power of ten, about so many in a span. */
function niceStep(span, count) {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find(factor => factor * power >= rough * 0.999);
}

/** Marks of an axis: [value, label] pairs; labels are in units of `unit`. */
function ticks(lo, hi, count, unit, suffix, smallest = 0) {
  const step = Math.max(niceStep((hi - lo) / unit, count), smallest);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const marks = [];
  for (let i = Math.ceil(lo / unit / step - 1e-9); i * step * unit <= hi * (1 + 1e-12); i++) {
    const label = (i * step || 0).toLocaleString('en-US', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    marks.push([i * step * unit, label + suffix]);
  }
  return marks;
}

function byteTicks(lo, hi, count) {
  const unit = byteUnit(hi);
  return ticks(lo, hi, count, 1024 ** unit, ' ' + BYTE_UNITS[unit]);
}
