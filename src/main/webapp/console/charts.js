// What happened in the last minutes, sampled once a second.

/* global uPlot */

const SECONDS = 300;
const COLOURS = ['#2f6fde', '#d9822b', '#1a7f37', '#a333c8', '#b42318', '#00897b', '#795548', '#546e7a'];

class Chart {
  constructor(place, labels) {
    this.place = place;
    this.labels = labels;
    this.data = [[], ...labels.map(() => [])];
    const style = getComputedStyle(document.body);
    const axis = { stroke: style.color, grid: { stroke: 'rgba(128,128,128,.25)' } };
    this.plot = new uPlot({
      width: place.clientWidth || 300,
      height: 180,
      scales: { x: { range: (_, low, high) => [Math.min(low, high - 60), high] }, y: { range: (_, low, high) => [0, Math.max(1, high * 1.1 || 1)] } },
      axes: [axis, { ...axis, size: 60 }],
      series: [{}, ...labels.map((label, i) => ({
        label, stroke: COLOURS[i % COLOURS.length], width: 2, dash: i % 2 ? [6, 3] : [], spanGaps: false,
      }))],
    }, this.data, place);
    this.resized = new ResizeObserver(() => this.plot.setSize({ width: place.clientWidth || 300, height: 180 }));
    this.resized.observe(place);
  }

  remove() {
    this.resized.disconnect();
    this.plot.destroy();
  }

  add(time, values) {
    this.data[0].push(time);
    values.forEach((value, i) => this.data[i + 1].push(value));
    while (this.data[0].length > SECONDS) this.data.forEach((series) => series.shift());
    this.plot.setData(this.data);
  }
}

/** Rate, latency and lag; each sample is a cluster document and the node's metrics as text. */
export class Charts {
  constructor(places) {
    this.places = places;
    this.last = null;
    this.secondaries = '';
  }

  sample(seconds, cluster, metrics) {
    this.show(cluster.role === 'PRIMARY' ? cluster.secondaries : []);
    const now = { seconds, end: cluster.end, ...latencyOf(metrics) };
    if (this.last) {
      const passed = now.seconds - this.last.seconds;
      this.rate ??= new Chart(this.places.rate, ['entries/s']);
      this.rate.add(seconds, [Math.max(0, now.end - this.last.end) / passed]);
      if (cluster.role === 'PRIMARY') {
        this.latency ??= new Chart(this.places.latency, ['ms']);
        const count = now.count - this.last.count;
        this.latency.add(seconds, [count > 0 ? 1000 * (now.sum - this.last.sum) / count : null]);
        this.lag ??= new Chart(this.places.lag, cluster.secondaries.map((_, i) => `secondary ${i + 1}`));
        this.lag.add(seconds, cluster.secondaries.map((secondary) => secondary.lag));
      }
    }
    this.last = now;
  }

  /** What a primary has measured is not what the next one measures, nor of other secondaries. */
  show(secondaries) {
    const urls = secondaries.map((secondary) => secondary.url).join(' ');
    if (urls === this.secondaries) return;
    this.secondaries = urls;
    this.latency?.remove();
    this.lag?.remove();
    this.latency = this.lag = null;
  }

  /** Nothing is known of this moment. */
  gap() {
    this.last = null;
  }
}

function latencyOf(metrics) {
  let sum = 0;
  let count = 0;
  for (const line of metrics.split('\n')) {
    const [, what, value] = /^replicatedlog_append_duration_seconds_(sum|count)\{.*\} (\S+)/.exec(line) ?? [];
    if (what === 'sum') sum += Number(value);
    if (what === 'count') count += Number(value);
  }
  return { sum, count };
}
