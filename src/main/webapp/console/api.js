// Talks to the node that served this page.

/** A node that does not answer within this is as good as none. */
const PATIENCE_MS = 5000;

let token = null;

export function useToken(value) {
  token = value;
}

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `Status ${status}`);
    this.status = status;
    /** What became of an append: no, or unknown. */
    this.appended = problem.appended ?? 'unknown';
  }
}

/** Fetches; anything but a success throws Refused, and no answer (in time) another error. */
export async function call(path, options = {}) {
  const headers = { ...options.headers };
  if (token) headers.Authorization = `Bearer ${token}`;
  const signal = options.signal ?? AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(path, { cache: 'no-store', ...options, headers, signal });
  if (!answer.ok) {
    throw new Refused(answer.status, await answer.json().catch(() => ({})));
  }
  return answer;
}

export async function json(path, options) {
  return (await call(path, options)).json();
}

/**
 * Follows the entries as server-sent events, until the signal aborts or the stream ends. By fetch and not by EventSource,
 * which cannot carry a token.
 */
export async function follow(path, signal, onEvent) {
  const answer = await call(path, { signal, headers: { Accept: 'text/event-stream' } });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    const events = blocks.map(parseEvent).filter((event) => event.data);
    if (events.length > 0) onEvent(events);
  }
}

function parseEvent(block) {
  const event = { name: 'message', data: '' };
  for (const line of block.split('\n')) {
    const [, field, value] = /^(\w*): ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') event.name = value;
    if (field === 'data') event.data += value;
  }
  return event;
}
