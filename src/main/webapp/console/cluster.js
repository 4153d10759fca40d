// Draws the cluster as this node knows it.

const number = new Intl.NumberFormat();

/** The nodes of a cluster document, the primary first; each with a state of good, warn or bad. */
export function nodesOf(cluster) {
  if (cluster.role === 'SECONDARY') {
    return [
      {
        name: 'This node', role: 'SECONDARY', url: cluster.url,
        state: cluster.storage.failure ? 'bad' : 'good',
        facts: [
          ['Holds up to', number.format(cluster.end)],
          ['Knows as committed', number.format(cluster.committed)],
          ['Lag', number.format(cluster.lag)],
          ['Held back', number.format(cluster.heldBack)],
        ],
        error: cluster.storage.failure,
      },
      ...(cluster.primary ? [{ name: 'Its primary', role: 'PRIMARY', url: cluster.primary, link: true, state: 'good', facts: [] }] : []),
    ];
  }
  const self = {
    name: 'This node', role: 'PRIMARY', url: cluster.url,
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
    name: `Secondary ${i + 1}`, role: 'SECONDARY', url: secondary.url, link: true,
    state: states[secondary.health], label: secondary.health.toLowerCase(),
    facts: [
      ['Acknowledged', number.format(secondary.acknowledged)],
      ['Lag', number.format(secondary.lag)],
      ['Lane', secondary.lane.toLowerCase().replace('_', ' ')],
    ],
    error: secondary.lastError,
  }))];
}

export function draw(list, cluster) {
  list.replaceChildren(...nodesOf(cluster).map((node) => {
    const item = element('li', 'node ' + node.state);
    const title = element('h3', '', node.name);
    const state = element('span', 'state ' + node.state, node.label ? ` ${node.label}` : '');
    title.append(state);
    const where = element('div', 'meta');
    if (node.link) {
      const link = element('a', '', node.url);
      link.href = node.url;
      where.append(link);
    } else {
      where.textContent = node.url;
    }
    const facts = element('dl');
    for (const [name, value] of node.facts) {
      facts.append(element('dt', '', name), element('dd', '', value));
    }
    item.append(title, where, facts);
    if (node.error) item.append(element('p', 'error', node.error));
    return item;
  }));
}

/** Text stays text: nothing that comes from a node is ever parsed as HTML. */
export function element(name, className = '', text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
