// Draws the cluster as this node knows it.

const number = new Intl.NumberFormat();

function called(secondary) {
  return secondary.secondsSinceCall === undefined ? 'not yet' : `${number.format(secondary.secondsSinceCall)} s ago`;
}

/** The nodes of a cluster document, the primary first; each with a state of good, warn or bad. */
export function nodesOf(cluster) {
  if (cluster.role !== 'PRIMARY') {
    return [
      {
        name: 'This node', url: cluster.url,
        state: cluster.storage.failure ? 'bad' : cluster.primary ? 'good' : 'warn',
        label: cluster.role === 'CANDIDATE' ? 'stands for primary' : cluster.primary ? '' : 'hears no primary',
        facts: [
          ['Holds up to', number.format(cluster.end)],
          ['Knows as committed', number.format(cluster.committed)],
          ['Lag when its primary called', cluster.lag === undefined ? 'unknown' : number.format(cluster.lag)],
          ['Its primary called', called(cluster)],
          ['Held back', number.format(cluster.heldBack)],
        ],
        error: cluster.storage.failure,
      },
      ...(cluster.primary ? [{ name: 'Its primary', url: cluster.primary, link: true, state: '', facts: [] }] : []),
    ];
  }
  const self = {
    name: 'This node', url: cluster.url,
    state: cluster.storage.failure ? 'bad' : cluster.mode === 'READ_ONLY' ? 'warn' : 'good',
    label: cluster.mode === 'READ_ONLY' ? 'read-only' : 'takes appends',
    facts: [
      ['End', number.format(cluster.end)],
      ['Committed', number.format(cluster.committed)],
      ['Waiting appends', number.format(cluster.waitingAppends)],
      ['Healthy nodes', `${cluster.quorum.healthy} of ${cluster.nodes}, ${cluster.quorum.required} needed`],
    ],
    error: cluster.storage.failure,
  };
  const states = { HEALTHY: 'good', SUSPECTED: 'warn', UNHEALTHY: 'bad' };
  return [self, ...cluster.secondaries.map((secondary, i) => ({
    name: `Secondary ${i + 1}`, url: secondary.url, link: true,
    canLead: cluster.primary !== undefined && cluster.storage.kind === 'file', // else the primary is always the same
    state: states[secondary.health], label: secondary.health.toLowerCase(),
    facts: [
      ['Acknowledged', number.format(secondary.acknowledged)],
      ['Lag', number.format(secondary.lag)],
      ['Lane', secondary.lane.toLowerCase().replace('_', ' ')],
      ...(secondary.remainingSeconds ? [['Caught up in some', `${number.format(secondary.remainingSeconds)} s`]] : []),
    ],
    error: secondary.lastError,
  }))];
}

/** Draws the nodes; what was drawn before is changed where it differs, so that the focus stays where it is. */
export function draw(list, cluster) {
  const nodes = nodesOf(cluster);
  while (list.children.length > nodes.length) list.lastChild.remove();
  while (list.children.length < nodes.length) list.append(emptyNode());
  nodes.forEach((node, i) => fill(list.children[i], node));
}

function emptyNode() {
  const item = element('li', 'node');
  const title = element('h3');
  title.append(element('span', 'name'), ' ', element('span', 'state'));
  const where = element('div', 'meta');
  where.append(element('a'));
  const handOver = element('button', 'hand-over', 'Hand over');
  handOver.type = 'button';
  item.append(title, where, element('dl'), element('p', 'error'), handOver);
  return item;
}

function fill(item, node) {
  item.className = `node ${node.state}`;
  const [title, where, facts, error, handOver] = item.children;
  say(title.firstChild, node.name);
  title.lastChild.className = `state ${node.state}`;
  say(title.lastChild, node.label ?? '');
  say(where.firstChild, node.url);
  if (node.link) where.firstChild.href = node.url;
  else where.firstChild.removeAttribute('href');
  while (facts.children.length > 2 * node.facts.length) facts.lastChild.remove();
  while (facts.children.length < 2 * node.facts.length) facts.append(element('dt'), element('dd'));
  node.facts.flat().forEach((text, i) => say(facts.children[i], text));
  error.hidden = !node.error;
  say(error, node.error ?? '');
  handOver.hidden = !node.canLead;
  handOver.value = node.url;
  handOver.setAttribute('aria-label', `Hand over to ${host(node.url)}`);
}

/** What is the same stays untouched: screen readers read out what changes. */
export function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** A node's name: where it is called. */
export function host(url) {
  return new URL(url).host;
}

/** Text stays text: nothing that comes from a node is ever parsed as HTML. */
export function element(name, className = '', text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
