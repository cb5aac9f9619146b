'use strict';
// Keeps the page current. The HTML that the server wrote is complete; this replaces
// its numbers, in the same formats (format.go), and draws the plots.
(() => {
const SCHEMA = 1, HISTORY = 3600, COLUMNS = 512, SERIES = 8, EVENTS = 100, RETAINED = 200;
const STREAM = 'events?snapshot=1s&kinds=gc,retained,leaked,callback-panicked';

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

function element(tag, props, ...children) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...children);
  return e;
}

// Writing only what differs keeps selections and screen readers in peace.
function put(e, text) {
  text = String(text);
  if (e && e.textContent !== text) e.textContent = text;
}

const fieldsIn = root => Object.fromEntries($$('[data-f]', root).map(e => [e.dataset.f, e]));
const sum = (all, f) => all.reduce((n, x) => n + f(x), 0);

/* Formats. */

function decimal(v) {
  const scale = v < 10 ? 100 : v < 100 ? 10 : 1;
  return String(Math.floor(v * scale + 0.5) / scale);
}
const count = n => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
const brief = n => n >= 1e9 ? decimal(n / 1e9) + 'G' : n >= 1e6 ? decimal(n / 1e6) + 'M' : n >= 1e4 ? decimal(n / 1e3) + 'k' : String(n);

function duration(ns) {
  ns = Math.max(ns, 0);
  if (ns < 1e3) return decimal(ns) + ' ns';
  if (ns < 1e6) return decimal(ns / 1e3) + ' µs';
  if (ns < 1e9) return decimal(ns / 1e6) + ' ms';
  if (ns < 60e9) return decimal(ns / 1e9) + ' s';
  const s = Math.floor(ns / 1e9);
  const two = (big, bigName, small, smallName) => {
    const rest = Math.floor(s % big / small);
    return decimal(Math.floor(s / big)) + bigName + (rest ? ' ' + decimal(rest) + smallName : '');
  };
  if (s < 3600) return two(60, 'm', 1, 's');
  if (s < 86400) return two(3600, 'h', 60, 'm');
  return two(86400, 'd', 3600, 'h');
}

function size(v) {
  let unit = 0;
  for (; v >= 1000 && unit < 6; unit++) v /= 1024;
  return decimal(v) + ' ' + ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'][unit];
}

const counter = c => c.name.endsWith('_ns') ? duration(c.value) : c.name.endsWith('_bytes') ? size(c.value) : count(c.value);
const counterName = name => name.replace(/_(ns|bytes)$/, '').replaceAll('_', ' ');
const clock = (t, seconds = true) => new Date(t).toLocaleTimeString('en-GB', seconds ? {} : {hour: '2-digit', minute: '2-digit'});
const base = f => f.file.split(/[/\\]/).pop() + ':' + f.line;
const queueOf = r => Math.max(r.cleanups_queued - r.cleanups_executed, 0);

/* Histograms, as package event has them. */

function quantile(h, q) {
  const rank = Math.floor(q * h.count);
  let seen = 0;
  for (const b of h.buckets || []) {
    seen += b.count;
    if (seen > rank || seen === h.count) return Math.min(b.below_ns, h.max_ns);
  }
  return h.max_ns;
}

// combine adds sign times b to a; a longest age stays that of the whole time.
function combine(a, b, sign = 1) {
  const m = new Map((a.buckets || []).map(x => [x.below_ns, x.count]));
  for (const x of b.buckets || []) m.set(x.below_ns, Math.max((m.get(x.below_ns) || 0) + sign * x.count, 0));
  return {
    count: Math.max(a.count + sign * b.count, 0), max_ns: Math.max(a.max_ns, b.max_ns),
    buckets: [...m].filter(x => x[1]).sort((x, y) => x[0] - y[0]).map(([below_ns, count]) => ({below_ns, count})),
  };
}
const NOTHING = {count: 0, max_ns: 0, buckets: []};

/* History: columns over the times t, in seconds of the program's clock. A column
   has null where there is nothing to draw. */

const t = [], columns = new Map(), collections = [], baselines = [];

function remember(s, x) {
  const values = new Map([['queue', queueOf(s.runtime)]]);
  for (const g of s.groups) values.set('live ' + g.name, g.live);
  for (const r of s.retained) values.set('retained ' + r.fingerprint + ' ' + r.group, r.count);
  if (t.length && x - t.at(-1) > 5) row(t.at(-1) + 0.001, new Map(), null); // no line over what was not seen
  row(x, values, 0);
  if (t[0] < x - HISTORY - 60) {
    const n = t.findIndex(v => v >= x - HISTORY);
    t.splice(0, n);
    for (const [key, column] of columns) {
      column.splice(0, n);
      if (!column.some(v => v)) columns.delete(key);
    }
    while (collections[0] && collections[0].x < t[0]) collections.shift();
    while (baselines[1] && baselines[1].x < t[0]) baselines.shift();
  }
  if (!baselines.length || x - baselines.at(-1).x >= 60) baselines.push({x, groups: new Map(s.groups.map(g => [g.name, g.ages]))});
  if (s.runtime.last_collection) collected(s.runtime.last_collection);
}

function row(x, values, gone) {
  for (const key of values.keys()) {
    if (!columns.has(key) && columns.size < COLUMNS) {
      const column = new Array(t.length).fill(null);
      if (key.startsWith('retained') && t.length) column[t.length - 1] = 0;
      columns.set(key, column);
    }
  }
  t.push(x);
  for (const [key, column] of columns) column.push(values.get(key) ?? (key.startsWith('retained') ? gone : null));
}

function collected(gc) {
  const before = collections.at(-1);
  if (before && gc.number <= before.number) return;
  collections.push({...gc, x: Date.parse(gc.end) / 1000, since: before && gc.queued - before.queued});
  if (collections.length > 20000) collections.splice(0, 10000);
}

/* Plots. */

let span = 300; // seconds to show
const range = () => {
  const to = t.at(-1) ?? 0;
  return [Math.max(to - span, Math.min(t[0] ?? 0, to - 60)), to];
};
const style = (e, property) => getComputedStyle(e).getPropertyValue(property);
// A probe resolves colours for canvases, which know no variables.
const probe = document.body.appendChild(element('i', {hidden: true}));
const colour = name => {
  probe.className = name.startsWith('--') ? '' : name;
  probe.style.color = name.startsWith('--') ? `var(${name})` : '';
  return style(probe, 'color');
};
const dashes = slot => slot > 3 ? [7, 4] : [];
const FONT = '12px system-ui, "DejaVu Sans", sans-serif';
const WHOLE = Array.from({length: 48}, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3));
const axis = more => ({stroke: () => colour('--muted'), font: FONT, grid: {stroke: () => colour('--line'), width: 1}, ticks: {show: false, size: 0}, ...more});
const axisOfCounts = more => axis({size: 56, incrs: WHOLE, values: (u, splits) => splits.map(v => v == null ? '' : brief(v)), ...more});

function mount(host, options, data) {
  const u = new uPlot({width: host.clientWidth || 300, height: 200, padding: [10, 26, 0, 0], legend: {show: false}, ...options}, data, host);
  new ResizeObserver(() => u.root.isConnected && host.clientWidth && u.setSize({width: host.clientWidth, height: 200})).observe(host);
  return u;
}

// A plot can have the focus: arrows move its cursor, and what is there is said.
function walkable(host, title, plot) {
  const say = element('span', {className: 'vh'});
  say.setAttribute('aria-live', 'polite');
  host.tabIndex = 0;
  host.setAttribute('role', 'group');
  host.setAttribute('aria-roledescription', 'plot');
  host.setAttribute('aria-label', title + '. Arrow keys move the cursor.');
  host.after(say);
  host.addEventListener('keydown', e => {
    const u = plot();
    if (!u) return;
    const xs = u.data[0], step = e.shiftKey ? 10 : 1, [from, to] = [u.scales.x.min, u.scales.x.max];
    const low = xs.findIndex(x => x >= from), high = xs.findLastIndex(x => x <= to), at = u.cursor.idx;
    let i;
    if (e.key === 'ArrowLeft') i = (at ?? high + 1) - step;
    else if (e.key === 'ArrowRight') i = (at ?? low - 1) + step;
    else if (e.key === 'Home') i = low;
    else if (e.key === 'End') i = high;
    else if (e.key === 'Escape') i = null;
    else return;
    e.preventDefault();
    if (i === null) return u.setCursor({left: -10, top: -10}, true, true);
    u.setCursor({left: u.valToPos(xs[Math.min(Math.max(i, low), high)], 'x'), top: 5}, true, true);
    say.textContent = plot.says();
  });
}

class TimePlot {
  // choose yields the keys of the columns to draw, label a key's words.
  constructor(id, prefix, label, more = {}) {
    Object.assign(this, {host: $(`#${id}-plot`), legend: $(`#${id}-legend`), prefix, label, more, slots: new Map(), off: new Set()});
    const plot = () => this.u;
    plot.says = () => clock(1000 * this.u.data[0][this.u.cursor.idx]) + ': ' + (this.keys.map(k => this.label(k) + ' ' + this.valueOf(k)).join(', ') || 'nothing');
    walkable(this.host, $(`#${id}-title`).textContent, plot);
  }

  choose() {
    const from = t.findIndex(x => x >= range()[0]), peaks = [];
    for (const [key, column] of columns) {
      if (!key.startsWith(this.prefix)) continue;
      let peak = -1;
      for (let i = Math.max(from, 0); i < column.length; i++) if (column[i] > peak || (column[i] === 0 && peak < 0)) peak = column[i];
      if (peak > 0 || peak === 0 && !this.more.hideZero) peaks.push([key, peak]);
    }
    this.hidden = Math.max(peaks.length - SERIES, 0);
    const keys = peaks.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, SERIES).map(p => p[0]).sort();
    for (const key of this.slots.keys()) if (!keys.includes(key)) this.slots.delete(key);
    for (const key of keys) {
      if (this.slots.has(key)) continue;
      const used = new Set(this.slots.values());
      this.slots.set(key, [...Array(SERIES).keys()].find(i => !used.has(i)));
    }
    return keys;
  }

  valueOf(key) {
    const v = columns.get(key)?.[this.u?.cursor.idx ?? t.length - 1];
    return v == null ? '–' : count(v);
  }

  draw() {
    const keys = this.choose(), log = this.more.log?.();
    if (!this.u || keys.join('\n') !== this.keys.join('\n') || log !== this.logged) this.build(keys, log);
    else this.u.setData([t, ...keys.map(k => columns.get(k))]);
    this.words();
  }

  build(keys, log) {
    const cursor = this.u && {left: this.u.cursor.left, top: this.u.cursor.top};
    this.u?.destroy();
    this.keys = keys;
    this.logged = log;
    const decades = (u, a, min, max) => [0, ...WHOLE.filter((v, i) => i % 3 === 0 && v <= max && (v > 1 || max < 100))];
    const splits = log ? {splits: decades, space: 18} : {};
    this.u = mount(this.host, {
      cursor: {sync: {key: 'realweak', scales: ['x', null]}, drag: {x: false, y: false}, y: false, points: {size: 7}},
      scales: {
        x: {time: true, range},
        y: {distr: log ? 4 : 1, range: (u, min, max) => [0, Math.max(max * (log ? 1.6 : 1.08), 1)]},
      },
      axes: [axis({space: 70, size: 24, values: (u, xs, i, space, incr) => xs.map(x => clock(1000 * x, incr < 60))}), axisOfCounts(splits)],
      series: [{}, ...keys.map(key => {
        const slot = this.slots.get(key);
        return {
          stroke: () => colour('c' + slot), width: 2, dash: dashes(slot), points: {show: false}, show: !this.off.has(key),
          fill: this.more.fill && (() => colour('c' + slot).replace(/^rgb\((.*)\)$/, 'rgba($1, 0.15)')),
          paths: this.more.steps && uPlot.paths.stepped({align: 1}),
        };
      })],
      hooks: {drawAxes: [marks], setCursor: [() => this.words()]},
    }, [t, ...keys.map(k => columns.get(k))]);
    this.buttons = new Map();
    this.legend.replaceChildren(...keys.map(key => {
      const slot = this.slots.get(key), value = element('b');
      const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
      const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      for (const [k, v] of Object.entries({d: 'M0 3h20', stroke: 'currentColor', 'stroke-width': 3, 'stroke-dasharray': dashes(slot).join(' ')})) line.setAttribute(k, v);
      svg.append(line);
      svg.setAttribute('class', 'c' + slot);
      svg.setAttribute('aria-hidden', 'true');
      const b = element('button', {type: 'button', onclick: () => {
        this.off.has(key) ? this.off.delete(key) : this.off.add(key);
        b.setAttribute('aria-pressed', !this.off.has(key));
        this.u.setSeries(keys.indexOf(key) + 1, {show: !this.off.has(key)});
      }}, svg, element('span', {textContent: this.label(key)}), value);
      b.setAttribute('aria-pressed', !this.off.has(key));
      this.buttons.set(key, value);
      return element('li', {}, b);
    }), element('li', {className: 'none'}));
    if (cursor?.left > 0) this.u.setCursor(cursor, true, false);
  }

  words() {
    if (!this.buttons) return;
    for (const [key, value] of this.buttons) put(value, this.valueOf(key));
    put(this.legend.lastChild, this.hidden ? `and ${count(this.hidden)} with less` : '');
  }
}

// marks draws collections: dotted lines, or ticks if lines would be a fog.
function marks(u) {
  const {ctx, bbox} = u, {min, max} = u.scales.x, ratio = devicePixelRatio;
  const seen = collections.filter(c => c.x >= min && c.x <= max);
  const lines = seen.length <= bbox.width / ratio / 8;
  ctx.save();
  ctx.strokeStyle = colour('--muted');
  ctx.globalAlpha = 0.7;
  ctx.lineWidth = ratio;
  if (lines) ctx.setLineDash([ratio, 4 * ratio]);
  ctx.beginPath();
  for (const c of seen) {
    const x = Math.round(u.valToPos(c.x, 'x', true));
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x, lines ? bbox.top : bbox.top + bbox.height - 7 * ratio);
  }
  ctx.stroke();
  ctx.restore();
}

const logBox = $('#log');
let logChosen = false; // by the user; until then the numbers decide
const live = new TimePlot('live', 'live ', key => key.slice(5), {log: () => logBox.checked});
const queue = new TimePlot('queue', 'queue', () => 'cleanups waiting', {fill: true});
const retained = new TimePlot('retained', 'retained ', key => key.slice(9, 17) + key.slice(25), {hideZero: true, steps: true});

const ages = {
  group: $('#ages-group'), since: $('#ages-since'), host: $('#ages-plot'), text: $('#ages-text [data-f=ages]'),

  histogram() {
    let h = NOTHING;
    const before = baselines.findLast(b => b.x <= range()[0]) || baselines[0];
    for (const g of last.groups) {
      if (this.group.value && this.group.value !== g.name) continue;
      const old = this.since.value === 'window' && before?.groups.get(g.name);
      h = combine(h, old ? combine(g.ages, old, -1) : g.ages);
    }
    return h;
  },

  draw() {
    const names = last.groups.map(g => g.name), options = [...this.group.options].slice(1).map(o => o.value);
    if (names.join('\n') !== options.join('\n')) {
      const chosen = this.group.value;
      this.group.replaceChildren(this.group.options[0], ...names.map(n => new Option(n, n)));
      this.group.value = names.includes(chosen) ? chosen : '';
    }
    const h = this.h = this.histogram(), counts = new Map(h.buckets.map(b => [Math.round(Math.log2(b.below_ns)), b.count]));
    let low = Math.min(...counts.keys()), high = Math.max(...counts.keys());
    if (!h.count) [low, high] = [20, 34];
    for (; high - low < 5; low--) high++;
    const xs = [], ys = [];
    for (let e = Math.max(low - 1, 0); e <= high + 1; e++) {
      xs.push(e - 0.5);
      ys.push(counts.get(e) || 0);
    }
    if (this.u) this.u.setData([xs, ys]);
    else this.build([xs, ys]);
    put(this.text, this.words());
    const most = Math.max(...counts.values());
    $('#buckets').replaceChildren(...h.buckets.map(b => {
      const bar = element('meter', {max: most, value: b.count, textContent: count(b.count)});
      return cells(duration(b.below_ns / 2), duration(b.below_ns), count(b.count), bar);
    }));
    if (!h.count) $('#buckets').append(element('tr', {}, element('td', {colSpan: 4, textContent: 'Nothing has died yet.'})));
  },

  words() {
    const h = this.h, i = this.u?.cursor.idx;
    if (i != null) {
      const [xs, ys] = this.u.data, e = xs[i] + 0.5;
      return `${count(ys[i])} died at an age from ${duration(2 ** (e - 1))} to ${duration(2 ** e)}`;
    }
    return h.count ? `${count(h.count)} died · p50 ≤ ${duration(quantile(h, 0.5))} · p99 ≤ ${duration(quantile(h, 0.99))} · longest${this.since.value === 'window' ? ' ever' : ''} ${duration(h.max_ns)}` : 'Nothing has died yet.';
  },

  build(data) {
    this.u = mount(this.host, {
      cursor: {drag: {x: false, y: false}, y: false, points: {show: false}},
      scales: {x: {time: false, range: u => [u.data[0][0] - 0.5, u.data[0].at(-1) + 0.5]}, y: {range: (u, min, max) => [0, Math.max(max * 1.15, 1)]}},
      axes: [axis({space: 60, size: 24, incrs: [1, 2, 3, 4, 5, 10, 20], values: (u, es) => es.map(e => duration(2 ** e))}), axisOfCounts()],
      series: [{}, {stroke: () => colour('c0'), fill: () => colour('c0'), width: 0, paths: uPlot.paths.bars({size: [0.9, 100]}), points: {show: false}}],
      hooks: {draw: [u => this.percentiles(u)], setCursor: [() => this.h && put(this.text, this.words())]},
    }, data);
    const plot = () => this.u;
    plot.says = () => this.words();
    walkable(this.host, $('#ages-title').textContent, plot);
  },

  percentiles(u) {
    if (!this.h.count) return;
    const {ctx, bbox} = u, ratio = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour('--ink');
    ctx.lineWidth = ratio;
    ctx.font = FONT.replace('12px', 12 * ratio + 'px');
    ctx.textBaseline = 'top';
    [0.5, 0.99].forEach((q, i) => {
      const x = Math.round(u.valToPos(Math.log2(quantile(this.h, q)), 'x', true)), top = bbox.top + i * 14 * ratio;
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const right = x > bbox.left + bbox.width * 0.8;
      ctx.textAlign = right ? 'right' : 'left';
      ctx.fillText('p' + 100 * q, x + (right ? -4 : 4) * ratio, top);
    });
    ctx.restore();
  },
};

const cells = (...values) => element('tr', {}, ...values.map(v => element('td', {className: v instanceof Node ? '' : 'n'}, v)));

/* Tables: rows by key, made from the same HTML that the server fills. */

function rowsOf(parent, template, items, fill) {
  const old = new Map($$(':scope > [data-key]', parent).map(e => [e.dataset.key, e]));
  let at = $(':scope > [data-key]', parent);
  for (const [key, item] of items) {
    let e = old.get(key);
    old.delete(key);
    if (!e) {
      e = document.importNode($('[data-key]', template.content), true);
      e.dataset.key = key;
    }
    e.fields ||= fieldsIn(e);
    fill(e.fields, item, e);
    if (e === at) at = e.nextElementSibling;
    else parent.insertBefore(e, at);
  }
  for (const e of old.values()) e.remove();
}

const red = (e, bad) => e.classList.toggle('bad', Boolean(bad));
const recent = []; // groups of the last 10 s, for rates

function rate(g, field) {
  const then = recent[0], before = then.groups.get(g.name), seconds = recent.at(-1).x - then.x;
  const n = before && seconds > 0 ? (g[field] - before[field]) / seconds : 0;
  return n > 0 ? '+' + (n < 1000 ? decimal(n) : brief(Math.round(n))) + '/s' : '';
}

function fillGroup(f, g) {
  put(f.name, f.name.title = g.name);
  put(f.kind, g.kind);
  put(f.type, f.type.title = g.type || '');
  for (const k of ['live', 'created', 'cleaned', 'expected', 'retained']) put(f[k], count(g[k]));
  put(f.created_rate, rate(g, 'created'));
  put(f.cleaned_rate, rate(g, 'cleaned'));
  put(f.bytes, g.bytes ? size(g.bytes) : '–');
  put(f.p50, g.ages.count ? duration(quantile(g.ages, 0.5)) : '–');
  put(f.p99, g.ages.count ? duration(quantile(g.ages, 0.99)) : '–');
  red(f.retained.parentNode, g.retained);
  const all = g.counters || [], spans = [...f.counters.children];
  if (all.length !== spans.length) {
    f.counters.replaceChildren(...all.flatMap(() => [element('span', {}, '', element('b')), ' ']));
  }
  all.forEach((c, i) => {
    const e = f.counters.children[i], name = counterName(c.name) + ' ';
    if (e.firstChild.data !== name) e.firstChild.data = name;
    put(e.lastChild, counter(c));
  });
}

let known; // fingerprints that were there when the page was opened

function fillRetained(f, r, e) {
  put(f.fingerprint, r.fingerprint.slice(0, 8));
  f.fingerprint.title = r.fingerprint;
  f.new.hidden = known.has(r.fingerprint + ' ' + r.group);
  put(f.count, count(r.count));
  put(f.group, r.group);
  put(f.type, r.type);
  put(f.bytes, size(r.bytes));
  put(f.since, duration(r.since_ns));
  put(f.collections, count(r.collections));
  put(f.age, duration(r.age_ns));
  const stacks = JSON.stringify([r.created, r.expected]);
  if (e.stacks === stacks) return;
  e.stacks = stacks;
  const first = frames(f.created, r.created || []);
  frames(f.expected, r.expected || []);
  put(f.where, first ? base(first) : '');
}

function frames(list, stack) {
  const module = last.process.module;
  const own = stack.find(f => f.function.startsWith('main.') || module && [module + '/', module + '.'].some(p => f.function.startsWith(p)));
  list.replaceChildren(...stack.map(f => element('li', {className: f === own ? 'first' : ''},
    element('code', {textContent: f.function}), ' ', element('span', {className: 'at', textContent: f.file + ':' + f.line}))));
  if (!stack.length) list.append(element('li', {className: 'none', textContent: 'not recorded'}));
  return own || stack[0];
}

/* Sort and filter. */

let order = null, reverse = false;
const filter = $('#filter');
const sortKeys = {
  p50: g => g.ages.count ? quantile(g.ages, 0.5) : -1,
  p99: g => g.ages.count ? quantile(g.ages, 0.99) : -1,
  bytes: g => g.bytes || 0,
};

for (const th of $$('#groups-table th[data-s]')) {
  const button = element('button', {type: 'button', textContent: th.textContent, onclick: () => {
    const key = th.dataset.s, first = th.classList.contains('n'); // most first
    reverse = order === key ? !reverse : first;
    order = key;
    for (const other of $$('#groups-table th[aria-sort]')) other.removeAttribute('aria-sort');
    th.setAttribute('aria-sort', reverse ? 'descending' : 'ascending');
    if (last) drawGroups();
  }});
  th.replaceChildren(button);
}
filter.addEventListener('input', () => last && drawGroups());

function drawGroups() {
  let groups = last.groups;
  const words = filter.value.trim().toLowerCase(), not = words.startsWith('!'), word = not ? words.slice(1) : words;
  if (word) groups = groups.filter(g => not !== [g.name, g.kind, g.type].join('\n').toLowerCase().includes(word));
  put($('#filtered'), word ? `${count(groups.length)} of ${count(last.groups.length)}` : '');
  if (order) {
    const value = sortKeys[order] || (g => g[order] ?? '');
    groups = groups.toSorted((a, b) => {
      const [x, y] = [value(a), value(b)];
      return (x < y ? -1 : x > y ? 1 : 0) * (reverse ? -1 : 1);
    });
  }
  rowsOf($('#groups-table tbody'), $('#group-row'), groups.map(g => [g.name, g]), fillGroup);
}

/* The page. */

let last, paused = false, waiting = 0;
const head = fieldsIn($('header')), totals = fieldsIn($('#totals'));

function take(s) {
  if (s.schema !== SCHEMA) {
    note(`The program now speaks schema ${s.schema}, this page ${SCHEMA}. Load the page again.`);
    return;
  }
  const x = Date.parse(s.time) / 1000;
  const restarted = last && (s.process.pid !== last.process.pid || s.process.start !== last.process.start);
  if (restarted || x < t.at(-1) - 10) {
    log({kind: restarted ? 'restarted' : 'clock set back', time: s.time}, restarted ? `the program: pid ${last.process.pid}, now ${s.process.pid}` : 'the plots begin again');
    recent.length = collections.length = baselines.length = t.length = 0;
    columns.clear();
  } else if (x <= t.at(-1)) return; // older than what is there
  known ||= new Set(s.retained.map(r => r.fingerprint + ' ' + r.group));
  last = s;
  recent.push({x, groups: new Map(s.groups.map(g => [g.name, g]))});
  while (recent[1] && recent[1].x < x - 10) recent.shift();
  remember(s, x);
  if (paused) waiting++;
  else schedule();
}

let scheduled = false;
function schedule() {
  if (scheduled || document.hidden) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    if (last && !paused) draw();
  });
}
document.addEventListener('visibilitychange', schedule);

function draw() {
  const s = last, r = s.runtime, p = s.process, gc = r.last_collection, stale = sum(s.groups, g => g.retained);
  put(head.process, p.name);
  put(head.instance, p.instance);
  put(head.host, p.host + ':' + p.pid);
  put(head.go, p.go);
  put(head.up, duration(1e6 * (Date.parse(s.time) - Date.parse(p.start))));
  put(head.time, clock(s.time));
  head.time.dateTime = s.time;
  put(totals.live, count(sum(s.groups, g => g.live)));
  put(totals.groups, s.groups.length);
  put(totals.groups.nextSibling, s.groups.length === 1 ? ' group' : ' groups');
  put(totals.retained, count(stale));
  put(totals.expected, count(sum(s.groups, g => g.expected)));
  put(totals.queue, count(queueOf(r)));
  put(totals.executed, count(r.cleanups_executed));
  put(totals.lost, count(s.stream.lost));
  put(totals.emitted, count(s.stream.emitted));
  put(totals.dropped, count(s.stream.dropped));
  put(totals.heap, size(r.heap_live_bytes));
  put(totals.goal, size(r.heap_goal_bytes));
  put(totals.gogc, r.gogc_percent < 0 ? 'off' : r.gogc_percent);
  put(totals.collections, count(r.collections));
  put(totals.last, gc ? `${duration(1e6 * (Date.parse(s.time) - Date.parse(gc.end)))} ago, paused ${duration(gc.pause_ns)}` : 'none noticed yet');
  red(totals.retained.parentNode, stale);
  red(totals.lost.parentNode, s.stream.lost);
  document.title = (stale ? `(${count(stale)} retained) ` : '') + p.name + ' · realweak';

  $('#empty').hidden = s.groups.length > 0;
  $('#none-retained').hidden = stale > 0;
  $('#retained-panel').hidden = !s.retained.length;
  rowsOf($('#retained'), $('#retained-row'), s.retained.slice(0, RETAINED).map(x => [x.fingerprint + ' ' + x.group, x]), fillRetained);
  put($('#more [data-f=more]'), count(Math.max(s.retained.length - RETAINED, 0)));
  $('#more').hidden = s.retained.length <= RETAINED;
  drawGroups();

  if (!logChosen) {
    const some = s.groups.map(g => g.live).filter(n => n > 0);
    logBox.checked = Math.max(...some) > 50 * Math.min(...some);
  }
  const growing = queueGrows();
  put($('#queue-verdict'), growing ? 'growing: does a cleanup block?' : '');
  red($('#queue-verdict'), growing);
  red(totals.queue.parentNode, growing);
  for (const plot of [live, queue, retained, ages]) plot.draw();

  const newest = collections.slice(-20).reverse();
  if (newest.length) {
    $('#gcs').replaceChildren(...newest.map(c => cells(count(c.number), element('span', {textContent: clock(c.end)}), duration(c.pause_ns),
      c.since == null ? '–' : count(c.since), count(Math.max(c.queued - c.executed, 0)))));
  }
}

// queueGrows: for ten seconds never empty, and half as long again at their end.
function queueGrows() {
  const column = columns.get('queue') || [], from = t.findIndex(x => x >= t.at(-1) - 10);
  const seen = column.slice(from);
  return t.at(-1) - t[0] >= 10 && seen.length > 3 && seen.every(v => v > 0) && seen.at(-1) > 1.5 * seen[0];
}

function note(text) {
  put($('#note'), text);
  $('#note').hidden = !text;
}

/* Events. */

const list = $('#events');
function log(e, text) {
  const key = [e.kind, e.group, e.type, e.fingerprint].join('\n'), top = list.firstElementChild;
  const times = top.key === key ? top.times + 1 : 1;
  const parts = [element('time', {dateTime: e.time, textContent: clock(e.time)}), element('span', {className: 'k', textContent: e.kind + (times > 1 ? ' × ' + count(times) : '')})];
  for (const part of [e.group, e.type, e.label, e.fingerprint?.slice(0, 8), e.age_ns && 'age ' + duration(e.age_ns),
    e.collections && count(e.collections) + (e.collections === 1 ? ' collection' : ' collections'), text]) {
    if (part) parts.push(element('span', {textContent: part}));
  }
  const li = Object.assign(element('li', {}, ...parts), {key, times});
  if (times > 1 || !top.key) top.replaceWith(li);
  else list.prepend(li);
  while (list.children.length > EVENTS) list.lastElementChild.remove();
}

/* The stream, and what stands in for it. */

let source, heard = performance.now(), polled = -Infinity, asking = false;

function connect() {
  source?.close();
  source = new EventSource(STREAM);
  const on = (name, f) => source.addEventListener(name, e => {
    heard = performance.now();
    f(JSON.parse(e.data));
    state();
  });
  on('snapshot', take);
  on('gc', e => collected(e.gc));
  on('lost', m => log({kind: 'lost', time: new Date().toISOString()}, count(m.count) + ' events that this page was too slow for, or away'));
  for (const kind of ['retained', 'leaked', 'callback-panicked']) on(kind, e => log(e));
  source.onerror = () => {
    // The browser tries again by itself unless the answer was no stream.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => source.readyState === EventSource.CLOSED && connect(), 5000);
    state();
  };
}

async function poll() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch('snapshot', {cache: 'no-store', signal: AbortSignal.timeout(5000)});
    if (!answer.ok) throw new Error(answer.status);
    take(await answer.json());
    polled = performance.now();
  } catch { /* state tells */ } finally {
    asking = false;
    state();
  }
}

const stateText = $('#state [role=status]');
function state() {
  const now = performance.now(), streaming = now - heard < 4000 && source.readyState === EventSource.OPEN, polling = now - polled < 6000;
  let name = 'unreachable', text = 'no answer, still trying; as of';
  if (paused) [name, text] = ['paused', 'paused at'];
  else if (streaming) [name, text] = ['live', 'live'];
  else if (polling) [name, text] = ['polling', 'no stream, asking every 2 s; as of'];
  else if (now - heard < 10000) [name, text] = ['reconnecting', 'reconnecting; as of'];
  $('#state').dataset.state = name;
  put(stateText, text);
  put($('#pause'), paused ? `Resume (${count(waiting)} waiting)` : 'Pause');
}

setInterval(() => {
  const now = performance.now();
  if (now - heard > 3500 && now - polled > 1900) poll();
  state();
}, 1000);

/* Controls. */

for (const radio of $$('[name=window]')) {
  radio.addEventListener('change', () => {
    span = Number(radio.value);
    schedule();
  });
  if (radio.checked) span = Number(radio.value); // as the browser remembers it
}
$('#pause').onclick = () => {
  paused = !paused;
  waiting = 0;
  $('#pause').setAttribute('aria-pressed', paused);
  state();
  schedule();
};
logBox.onchange = () => {
  logChosen = true;
  schedule();
};
ages.group.onchange = ages.since.onchange = schedule;

const root = document.documentElement, themes = ['system', 'light', 'dark'];
const redraw = () => [live, queue, retained, ages].forEach(p => p.u?.redraw());
function theme(name) {
  if (name === 'system') delete root.dataset.theme;
  else root.dataset.theme = name;
  put($('#theme'), 'Theme: ' + name);
  redraw();
}
$('#theme').onclick = () => {
  const next = themes[(themes.indexOf(root.dataset.theme || 'system') + 1) % 3];
  try {
    localStorage.setItem('realweak-theme', next);
  } catch { /* for this page only */ }
  theme(next);
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

$('#collect')?.addEventListener('submit', async e => {
  e.preventDefault();
  const button = $('button', e.target);
  button.disabled = true;
  try {
    const answer = await fetch('gc', {method: 'POST'});
    note(answer.ok ? '' : 'The collection was refused: ' + (await answer.text()).slice(0, 200));
  } catch {
    note('The collection failed: no answer.');
  }
  button.disabled = false;
});

for (const e of $$('details.table')) e.open = false;
// Not every browser takes rows that are laid out as cards for rows.
for (const part of [...$$('.cards'), ...$$('template').map(e => e.content)]) {
  for (const [selector, role] of [['thead, tbody', 'rowgroup'], ['tr', 'row'], ['td', 'cell'], ['thead th', 'columnheader'], ['tbody th', 'rowheader']]) {
    for (const e of $$(selector, part)) e.setAttribute('role', role);
  }
  part.setAttribute?.('role', 'table');
}
theme(root.dataset.theme || 'system');
connect();
})();
