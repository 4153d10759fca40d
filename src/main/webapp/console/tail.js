// The entries: follows the end, pauses, jumps, searches in what is loaded.

import { follow, json, Refused } from './api.js';
import { element } from './cluster.js';

const MOST_ROWS = 1000;
const BEFORE_THE_END = 100;
const TOO_FAR_BEHIND = 20000;
const AGAIN_MS = 1000;

export class Tail {
  constructor(rows, box, state) {
    this.rows = rows;
    this.box = box;
    this.state = state;
    this.level = 'local';
    this.paused = false;
    this.search = '';
    this.next = null;
    this.held = [];
    this.run = new AbortController();
  }

  /** Follows the log, beginning a little before where it ends. */
  showEnd(end) {
    this.reset(end - BEFORE_THE_END);
    this.go(this.run.signal);
  }

  /** Shows what is at an offset and behind it, and follows no more. */
  async jump(offset) {
    this.reset(offset);
    const run = this.run;
    try {
      const page = await json(`api/v1/entries?from=${offset}&limit=${MOST_ROWS}&level=${this.level}`);
      if (run.signal.aborted) return; // it goes on elsewhere by now
      this.next = page.next;
      this.add(page.entries);
      this.box.scrollTop = 0;
      this.problem = page.entries.length === 0 ? `There is nothing at ${offset}: the log ends at ${page.end}` : null;
    } catch (e) {
      this.problem = e instanceof Refused ? e.message : 'No answer';
    }
    this.tell();
  }

  /** Nothing is loaded, and nothing goes on. */
  reset(from) {
    this.run.abort();
    this.run = new AbortController();
    this.rows.replaceChildren();
    this.held = [];
    this.problem = null;
    this.follows = false;
    this.wants = false;
    this.next = Math.max(0, from);
  }

  pause(now) {
    this.paused = now;
    if (!now) {
      this.add(this.held);
      this.held = [];
    }
    this.tell();
  }

  filter(text) {
    this.search = text.toLowerCase();
    for (const row of this.rows.children) this.applyFilter(row);
    this.tell();
  }

  /** Where the log ends, as the node said last. A log that grows faster than a page can show is not read as a whole. */
  ends(end) {
    if (!this.paused && this.next !== null && end - this.next > TOO_FAR_BEHIND && this.follows) {
      this.showEnd(end);
      this.note(`Entries were passed over: the log grows faster than this page shows it`);
    }
  }

  async go(signal) {
    this.wants = true;
    while (!signal.aborted) {
      try {
        this.follows = true;
        this.tell();
        await follow(`api/v1/entries?from=${this.next}&level=${this.level}`, signal, (events) => this.take(events));
      } catch (e) {
        if (signal.aborted) return;
        this.problem = e instanceof Refused ? e.message : null;
      }
      this.follows = false;
      this.tell();
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }

  take(events) {
    this.problem = null;
    const entries = [];
    for (const event of events) {
      const data = JSON.parse(event.data);
      if (event.name === 'cut') {
        entries.push({ note: `The log was cut: it ends at ${data.end} now` });
        this.next = data.end;
      } else {
        entries.push(data);
        this.next = data.offset + 1;
      }
    }
    if (this.paused) {
      this.held = this.held.concat(entries).slice(-MOST_ROWS);
    } else {
      this.add(entries);
    }
    this.tell();
  }

  add(entries) {
    const atEnd = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 40;
    const fresh = entries.slice(-MOST_ROWS).map((entry) => this.row(entry));
    this.rows.append(...fresh);
    while (this.rows.children.length > MOST_ROWS) this.rows.firstChild.remove();
    if (atEnd) this.box.scrollTop = this.box.scrollHeight;
  }

  note(text) {
    this.rows.append(this.row({ note: text }));
  }

  row(entry) {
    const row = element('tr', entry.note ? 'note' : '');
    row.append(
      element('td', '', entry.note ? '' : String(entry.offset)),
      element('td', '', entry.note ? '' : new Date(entry.timestamp).toLocaleString()),
      element('td', '', entry.note ?? entry.message));
    this.applyFilter(row);
    return row;
  }

  applyFilter(row) {
    row.hidden = this.search !== '' && !row.lastChild.textContent.toLowerCase().includes(this.search);
  }

  tell() {
    const shown = [...this.rows.children].filter((row) => !row.hidden).length;
    const found = this.search ? `, ${shown} of them with what you search` : '';
    const doing = this.paused ? `Paused, ${this.held.length} more have come`
      : this.problem ? this.problem
      : this.follows ? 'Following'
      : this.wants ? 'Not connected; trying again' : 'Not following';
    this.state.textContent = `${doing} · ${this.rows.children.length} loaded${found} · next offset ${this.next ?? '–'}`;
  }
}
