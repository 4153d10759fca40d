// Draws who leads, and who has led.

import { element, host, say } from './cluster.js';

/** How many changes are shown. */
const SHOWN = 5;

const number = new Intl.NumberFormat();

/** One line: who leads, for how long, in which epoch. Its parts are those of index.html. */
export function drawLeader(line, cluster) {
  const [leader, since, epoch] = line.children;
  const [link, words] = leader.children;
  const [last] = cluster.leadership;
  const isElsewhere = cluster.primary !== undefined && cluster.primary !== cluster.url;
  line.className = cluster.primary ? '' : 'bad';
  link.hidden = !isElsewhere;
  if (isElsewhere) {
    link.href = cluster.primary;
    say(link, host(cluster.primary));
  }
  say(words, isElsewhere ? 'leads' : cluster.primary ? 'This node leads' : 'Nobody leads');
  since.hidden = !last;
  if (last) {
    since.dateTime = last.at;
    since.title = new Date(last.at).toLocaleString();
    say(since, `for ${span(Date.now() - new Date(last.at))}`);
  }
  say(epoch, cluster.primary ? `in epoch ${last.epoch}` : '');
}

/** In the largest unit that fits; clocks may differ a little. */
function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [unit, length] = [['d', 86400], ['h', 3600], ['min', 60]].find(([, size]) => seconds >= size) ?? ['s', 1];
  return `${number.format(Math.floor(seconds / length))} ${unit}`;
}

/** The last changes, newest first. */
export function drawChanges(table, cluster) {
  const changes = cluster.leadership.slice(0, SHOWN);
  table.hidden = changes.length === 0;
  const rows = table.tBodies[0];
  while (rows.children.length > changes.length) rows.lastChild.remove();
  while (rows.children.length < changes.length) rows.append(emptyRow());
  changes.forEach((change, i) => {
    const [time, primary, epoch] = rows.children[i].children;
    time.firstChild.dateTime = change.at;
    say(time.firstChild, new Date(change.at).toLocaleString());
    primary.className = change.primary ? '' : 'state bad';
    say(primary, change.primary ? host(change.primary) : 'nobody');
    say(epoch, String(change.epoch));
  });
}

function emptyRow() {
  const row = element('tr');
  const time = element('td');
  time.append(element('time'));
  row.append(time, element('td'), element('td'));
  return row;
}
