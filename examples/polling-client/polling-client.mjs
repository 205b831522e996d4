/**
 * A Holdfast client that knows HTTP long polling and nothing else, written from PROTOCOL.md; § names its sections.
 * One request always hangs (`hold`) and brings what the server sends; beside it, one at a time (`now`) carries what
 * the application sends. When either fails, nothing is known about it: both are given up, and the client attaches
 * again with a higher number. The counts at both ends see to it that nothing is lost and nothing arrives twice.
 */
import { control, exchange, fittingInto, fragmentsOf, join } from './wire-messages.mjs';

const HOLD_MS = 25_000; // Middleboxes often cut what is silent for 30 s.
const PATIENCE_MS = 15_000; // For what should not hang: long enough to upload a full body over a slow line.
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [50, 5_000]; // Doubled each time, to spare a server that is down.
const CONTROLS_BYTES = 4_096; // More than the attach, pongs and `~from` take up in a body.
const GONE = new Error('The server has no such session, or no longer.');
const randomToken = () => crypto.getRandomValues(new Uint8Array(16)).join('-'); // 128 bits, at most 63 characters.

export class PollingClient {
  state = 'connecting'; // Then 'open', 'closing' (our close is on its way), 'closed' (the application was told).
  onopen = (_protocol) => {};
  onmessage = (_data) => {}; // A string or a Uint8Array.
  onclose = (_code, _reason) => {};

  #url = '';
  #statement = { version: 1, session: randomToken(), secret: randomToken(), attach: 0, received: null };
  #limits = { expiryMs: 30_000, maxBodyBytes: 65_536 }; // Until the first `~attached` states the server's own.
  #failures = []; // When attempts failed since the last attach that held, in ms.
  #unacknowledged = []; // Fragments to the server, framed, from its count (as far as it is known) on.
  #serverCount = 0;
  #pongs = [];
  #wakeSender = () => {};
  #pieces = []; // From the server: of a message whose last fragment has not come yet.

  /** @param {string} address ws:, wss:, http: or https: @param {string | string[]} protocols in order of preference */
  open(address, protocols = []) {
    const url = address.replace(/^ws(s?):/i, 'http$1:').replace(/#.*/, '');
    this.#url = `${url}${url.includes('?') ? '&' : '?'}holdfast=${this.#statement.session}`;
    this.#statement.protocols = [protocols].flat();
    this.#run();
  }

  send(/** @type {string | Uint8Array} */ message) {
    if (this.state === 'connecting' || this.state === 'open') this.#enqueue(...fragmentsOf(message));
  }

  close(code = 1000, reason = '') {
    if (this.state === 'closing' || this.state === 'closed') return;
    this.state = 'closing';
    this.#enqueue(control('close', code, reason)); // It has a number, so it cannot overtake a message (§6).
  }

  /** Attaches until the session has come to its end. All requests of an attempt state one attach number (§4). */
  async #run() {
    for (;;) {
      const attempt = new AbortController();
      try {
        this.#statement.attach += 1;
        await this.#request(attempt, 'now'); // Brings the server's count: from there we send, or send again.
        return await Promise.all([this.#keepReceiving(attempt), this.#keepSending(attempt)]);
      } catch (error) {
        attempt.abort();
        const retryMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures.length, LAST_RETRY_MS);
        this.#failures.push(Date.now());
        if (error === GONE || Date.now() - this.#failures[0] > this.#limits.expiryMs)
          return this.#tellClose();
        await new Promise((done) => setTimeout(done, retryMs));
      }
    }
  }

  async #keepReceiving(attempt) {
    while (this.state !== 'closed') await this.#request(attempt, 'hold');
  }

  async #keepSending(attempt) {
    while (this.state !== 'closed') {
      const owed = this.#owed();
      if (owed.length > 0) await this.#request(attempt, 'now', owed);
      else await new Promise((wake) => (this.#wakeSender = wake));
    }
    // The server has closed: `received` acknowledges that, and our own close goes with it if it is not through (§6).
    do await this.#request(attempt, 'now', this.#owed());
    while (this.#unacknowledged.length > 0);
  }

  async #request(attempt, answer, frames = []) {
    const attach = control('attach', JSON.stringify({ ...this.#statement, answer, holdMs: HOLD_MS }));
    const patienceMs = PATIENCE_MS + (answer === 'hold' ? HOLD_MS : 0);
    this.#receive(await exchange(this.#url, [attach, ...frames], attempt, patienceMs));
  }

  #enqueue(...fragments) {
    this.#unacknowledged.push(...fragments);
    this.#wakeSender();
  }

  #owed() {
    const fragments = fittingInto(this.#limits.maxBodyBytes - CONTROLS_BYTES, this.#unacknowledged);
    if (fragments.length > 0) fragments.unshift(control('from', this.#serverCount));
    return [...this.#pongs.splice(0), ...fragments];
  }

  #receive(wireMessages) {
    let [number, isLast] = [Number.NaN, true]; // Of the next fragment.
    for (const { verb, data } of wireMessages) {
      if (verb === '~gone') throw GONE;
      if (verb === '~superseded') {
        this.#statement.attach = Math.max(this.#statement.attach, Number(data));
        throw new Error('A newer attach holds.');
      }
      if (verb === '~attached') this.#attached(JSON.parse(data));
      else if (verb === '~from') number = Number(data);
      else if (verb === '~more') isLast = false;
      else if (verb === '~ping') this.#pongs.push(control('pong', data));
      else if (verb === '' || verb === '~close') {
        if (!(number <= this.#statement.received)) throw new Error('There is a gap before this fragment.');
        if (number === this.#statement.received) this.#take(verb, data, isLast);
        [number, isLast] = [number + 1, true];
      } // `~stalled` speaks of streamed bodies; what is unknown is ignored.
    }
    this.#wakeSender();
  }

  #attached({ received, protocol, ...limits }) {
    this.#failures = [];
    this.#unacknowledged.splice(0, received - this.#serverCount);
    this.#serverCount = Math.max(this.#serverCount, received);
    if (this.#statement.received !== null) return;
    this.#statement.received = 0;
    this.#limits = limits;
    if (this.state === 'connecting') this.state = 'open';
    queueMicrotask(() => this.onopen(protocol));
  }

  /** Counts a fragment that is new. The application is called later, so that what it throws is its own affair. */
  #take(verb, data, isLast) {
    this.#statement.received += 1;
    if (verb === '~close') {
      const [code, ...reason] = data.split(' ');
      if (this.state !== 'closing') this.#enqueue(control('close', data)); // The same code and reason back.
      return this.#tellClose(Number(code || 1005), reason.join(' '));
    }
    this.#pieces.push(data);
    if (isLast) queueMicrotask(this.onmessage.bind(this, join(this.#pieces.splice(0))));
  }

  #tellClose(code = 1006, reason = '') {
    if (this.state !== 'closed') queueMicrotask(() => this.onclose(code, reason));
    this.state = 'closed';
  }
}
