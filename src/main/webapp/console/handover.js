// Hands the lead over to another node, once the operator has confirmed it.

import { json, Refused } from './api.js';
import { host, say } from './cluster.js';

/** The primary lets the other node catch up, and then waits for it to lead. */
const PATIENCE_MS = 30000;

export class HandOver {
  /** @param outcome says what has become of it; takes the focus, as the button that was pressed goes away */
  constructor(dialog, title, outcome) {
    this.dialog = dialog;
    this.title = title;
    this.outcome = outcome;
    dialog.addEventListener('close', () => {
      if (dialog.returnValue === 'confirmed') this.run(this.url);
    });
  }

  ask(url) {
    this.url = url;
    say(this.title, `Hand over to ${host(url)}?`);
    this.dialog.returnValue = ''; // Escape leaves that of the time before
    this.dialog.showModal();
  }

  async run(url) {
    this.tell('', `Handing over to ${host(url)} …`);
    this.outcome.focus();
    try {
      await json('api/v1/cluster/primary', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ node: url }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      this.tell('good', `Handed over to ${host(url)} at ${new Date().toLocaleTimeString()}`);
    } catch (e) {
      this.tell('bad', e instanceof Refused ? `Not handed over to ${host(url)}: ${e.message}`
        : `No answer whether ${host(url)} was handed over to: the line at the top shows who leads`);
    }
  }

  tell(state, text) {
    this.outcome.className = `state ${state}`;
    say(this.outcome, text);
  }
}
