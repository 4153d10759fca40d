// The console: asks the node once a second how the cluster is, and shows it.

import { call, json, Refused, useToken } from './api.js';
import { draw, element, say } from './cluster.js';
import { Charts } from './charts.js';
import { HandOver } from './handover.js';
import { drawChanges, drawLeader } from './leadership.js';
import { Tail } from './tail.js';

const EVERY_MS = 1000;
const HELD_EVERY_MS = 250;

/** Less than the patience of a call. */
const HELD_WITHIN_MS = 4000;

const ROLES = { PRIMARY: 'Primary', SECONDARY: 'Secondary', CANDIDATE: 'Candidate' };

const $ = (id) => document.getElementById(id);
const tail = new Tail($('entries'), $('entries-box'), $('tail-state'));
const handOver = new HandOver($('hand-over'), $('hand-over-title'), $('handed-over'));
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
    if (isFirst) tail.showEnd(cluster.end);
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

function showCluster() {
  const isPrimary = cluster.role === 'PRIMARY';
  const problem = problemOf(cluster);
  say($('summary'), `${ROLES[cluster.role]} ${cluster.url} · ${cluster.logId ? `log ${cluster.logId}` : 'no log yet'}`);
  document.title = problem ? `${problem.title} · Replicated Log` : 'Replicated Log';
  show('read-only', problem && `${problem.text}: no append is taken${problem.why ? ` (${problem.why})` : ''}`);
  show('may-be-lost', cluster.mayBeLost && `Entries may be lost: ${cluster.mayBeLost}`);
  drawLeader($('lead'), cluster);
  draw($('nodes'), cluster);
  drawChanges($('changes'), cluster);
  $('figure-latency').hidden = !isPrimary;
  $('figure-lag').hidden = !isPrimary;
  offerWriteConcerns(countOf(cluster), isPrimary);
}

/** Why no append is taken, as far as this node knows; null while they are. */
function problemOf({ primary, readOnlyReason }) {
  if (!primary) return { title: 'NOBODY LEADS', text: 'Nobody leads', why: readOnlyReason };
  return readOnlyReason ? { title: 'READ-ONLY', text: 'Read-only', why: readOnlyReason } : null;
}

/** The number of members, as far as this node knows. */
function countOf({ nodes, members }) {
  return nodes ?? Math.max(1, members.length);
}

function majorityOf(nodes) {
  return Math.floor(nodes / 2) + 1;
}

function offerWriteConcerns(nodes, isPrimary) {
  const select = $('w');
  if (select.length !== nodes) {
    select.replaceChildren(...Array.from({ length: nodes }, (_, i) => new Option(`${i + 1} nodes`, i + 1)));
    select.value = majorityOf(nodes);
  }
  say(select.options[0], isPrimary ? '1 node, this one' : '1 node, the primary');
}

/** Changes an alert only where it says something else, so that it is read out once. */
function show(id, text) {
  const alert = $(id);
  alert.hidden = !text;
  if (text) say(alert, text);
}

/** Appends, and then watches who holds it. A primary sees that itself; any other node is told by the primary's answer. */
async function append(message, w) {
  const place = $('appended');
  const { role, epoch } = cluster;
  place.replaceChildren(element('p', '', 'Appending …'));
  try {
    const { offset, acks } = await json('api/v1/append', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ message, w, timeoutMs: role === 'PRIMARY' ? 0 : HELD_WITHIN_MS }),
    });
    $('message').value = '';
    latest = offset;
    watch(place, { offset, w, acks, epoch });
  } catch (e) {
    const refused = e instanceof Refused && e.appended === 'no';
    place.replaceChildren(element('p', 'state bad', refused ? `Refused: ${e.message}`
      : `Nobody knows what became of it${e instanceof Refused ? ` (${e.message})` : ''}: look whether it is among the`
        + ' entries before you send it again'));
  }
}

async function watch(place, appended) {
  const { offset, w, epoch } = appended;
  let isCommitted = false;
  for (;;) {
    const now = await json('api/v1/cluster').catch(() => null);
    if (latest !== offset) return; // another one is watched now
    if (now === null) {
      place.replaceChildren(element('p', 'state warn', `Offset ${offset}: it is in the log; no answer who holds it`));
      await new Promise((done) => setTimeout(done, HELD_EVERY_MS));
      continue;
    }
    if (now.epoch !== epoch && !isCommitted) {
      place.replaceChildren(element('p', 'state warn', `Offset ${offset}: the leadership has changed since; look whether`
        + ' the message is still among the entries'));
      return;
    }
    isCommitted ||= now.committed > offset;
    const { holders, held } = holdersOf(now, appended, isCommitted);
    const list = element('ol');
    for (const [name, holds] of holders) {
      list.append(element('li', holds ? 'state good' : 'state warn', `${name}: ${holds ? 'holds it' : 'not yet'}`));
    }
    const isOver = holders.every(([, holds]) => holds);
    const rest = held >= w ? ', done' : isOver ? '; the primary shows the others' : ' …';
    place.replaceChildren(element('p', held >= w ? 'state good' : '',
      `Offset ${offset}: held by ${held} of the ${w} asked for${rest}`), list);
    if (isOver) return;
    await new Promise((done) => setTimeout(done, HELD_EVERY_MS));
  }
}

/** Who holds an entry, and how many do at least. */
function holdersOf(now, { offset, acks }, isCommitted) {
  const self = ['This node', now.storage.durable > offset];
  if (now.role !== 'PRIMARY') {
    const holders = [self, ['A majority', isCommitted]];
    return { holders, held: isCommitted ? Math.max(acks, majorityOf(countOf(now))) : acks };
  }
  const holders = [self, ...now.secondaries.map((secondary, i) => [`Secondary ${i + 1}`, secondary.acknowledged > offset])];
  return { holders, held: self[1] ? holders.filter(([, holds]) => holds).length : 0 };
}

$('append-form').addEventListener('submit', (event) => {
  event.preventDefault();
  append($('message').value, Number($('w').value));
});
$('nodes').addEventListener('click', (event) => {
  const button = event.target.closest('.hand-over');
  if (button) handOver.ask(button.value);
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
