// The console: asks the node once a second how the cluster is, and shows it.

import { call, json, Refused, useToken } from './api.js';
import { draw, element } from './cluster.js';
import { Charts } from './charts.js';
import { Tail } from './tail.js';

const EVERY_MS = 1000;
const HELD_EVERY_MS = 250;

const $ = (id) => document.getElementById(id);
const tail = new Tail($('entries'), $('entries-box'), $('tail-state'));
const charts = new Charts({ rate: $('chart-rate'), latency: $('chart-latency'), lag: $('chart-lag') });
let lastContact = null;
let cluster = null;

/** The offset of the append that is watched. */
let latest = null;

async function look() {
  try {
    const [now, metrics] = await Promise.all([
      json('api/v1/cluster'),
      call('metrics?scope=application').then((answer) => answer.text()).catch(() => ''),
    ]);
    const isFirst = cluster === null;
    cluster = now;
    lastContact = new Date();
    $('token-form').hidden = true;
    show('lost', null);
    if (isFirst) begin();
    showCluster();
    charts.sample(Date.now() / 1000, cluster, metrics);
    tail.ends(cluster.end);
  } catch (e) {
    charts.gap();
    if (e instanceof Refused && e.status === 401) {
      $('token-form').hidden = false;
      $('summary').textContent = 'This node does not know you yet';
    } else {
      const since = lastContact ? ` since ${lastContact.toLocaleTimeString()}; what is shown is from then` : '';
      const why = e instanceof Refused ? ` (${e.message})` : '';
      show('lost', `No contact with this node${since}${why}`);
    }
  }
  setTimeout(look, EVERY_MS);
}

function begin() {
  const isPrimary = cluster.role === 'PRIMARY';
  $('append').hidden = !isPrimary;
  $('figure-latency').hidden = !isPrimary;
  $('figure-lag').hidden = !isPrimary;
  if (isPrimary) {
    for (let w = 1; w <= cluster.nodes; w++) {
      const option = element('option', '', w === 1 ? '1 node, this one' : `${w} nodes`);
      option.value = w;
      option.selected = w === Math.floor(cluster.nodes / 2) + 1;
      $('w').append(option);
    }
  }
  tail.showEnd(cluster.end);
}

function showCluster() {
  $('summary').textContent = `${cluster.role === 'PRIMARY' ? 'Primary' : 'Secondary'} ${cluster.url}`
    + (cluster.logId ? ` · log ${cluster.logId} · epoch ${cluster.epoch}` : ' · no log yet');
  document.title = cluster.readOnlyReason ? 'READ-ONLY · Replicated Log' : 'Replicated Log';
  show('read-only', cluster.readOnlyReason && `Read-only: no append is taken (${cluster.readOnlyReason})`);
  show('may-be-lost', cluster.mayBeLost && `Entries may be lost: ${cluster.mayBeLost}`);
  draw($('nodes'), cluster);
}

/** Changes an alert only where it says something else, so that it is read out once. */
function show(id, text) {
  const alert = $(id);
  alert.hidden = !text;
  if (text && alert.textContent !== text) alert.textContent = text;
}

/** Appends without waiting, and then watches who holds it. */
async function append(message, w) {
  const place = $('appended');
  place.replaceChildren(element('p', '', 'Appending …'));
  try {
    const { offset } = await json('api/v1/append', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ message, w, timeoutMs: 0 }),
    });
    $('message').value = '';
    latest = offset;
    watch(place, offset, w);
  } catch (e) {
    const refused = e instanceof Refused && e.appended === 'no';
    place.replaceChildren(element('p', 'state bad', refused ? `Refused: ${e.message}`
      : `Nobody knows what became of it${e instanceof Refused ? ` (${e.message})` : ''}: look whether it is among the`
        + ' entries before you send it again'));
  }
}

async function watch(place, offset, w) {
  for (;;) {
    const now = await json('api/v1/cluster').catch(() => null);
    if (latest !== offset) return; // another one is watched now
    if (now === null) {
      place.replaceChildren(element('p', 'state warn', `Offset ${offset}: it is in the log; no answer who holds it`));
      await new Promise((done) => setTimeout(done, HELD_EVERY_MS));
      continue;
    }
    const holders = [
      ['This node', now.storage.durable > offset],
      ...now.secondaries.map((secondary, i) => [`Secondary ${i + 1}`, secondary.acknowledged > offset]),
    ];
    const held = holders[0][1] ? holders.filter(([, holds]) => holds).length : 0;
    const list = element('ol');
    for (const [name, holds] of holders) {
      list.append(element('li', holds ? 'state good' : 'state warn', `${name}: ${holds ? 'holds it' : 'not yet'}`));
    }
    place.replaceChildren(element('p', held >= w ? 'state good' : '',
      `Offset ${offset}: held by ${held} of the ${w} asked for${held >= w ? ', done' : ' …'}`), list);
    if (held === holders.length) return;
    await new Promise((done) => setTimeout(done, HELD_EVERY_MS));
  }
}

$('append-form').addEventListener('submit', (event) => {
  event.preventDefault();
  append($('message').value, Number($('w').value));
});
$('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  useToken($('token').value.trim());
  $('token').value = '';
});
$('pause').addEventListener('click', () => {
  tail.pause(!tail.paused);
  $('pause').setAttribute('aria-pressed', String(tail.paused));
  $('pause').textContent = tail.paused ? 'Go on' : 'Pause';
});
$('jump-form').addEventListener('submit', (event) => {
  event.preventDefault();
  tail.jump(Number($('jump').value));
});
$('follow').addEventListener('click', () => tail.showEnd(cluster?.end ?? 0));
$('level').addEventListener('change', (event) => {
  tail.level = event.target.value;
  tail.showEnd(cluster?.end ?? 0);
});
$('search').addEventListener('input', (event) => tail.filter(event.target.value));

look();
