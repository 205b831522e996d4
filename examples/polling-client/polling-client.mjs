/**
 * A Holdfast client that knows HTTP long polling alone, written from PROTOCOL.md alone; § names its sections.
 * One request always hangs (`hold`) and brings what the server sends; beside it, one at a time, `now` requests
 * carry what the application sends. If one fails, we give up both and attach anew: counts do the rest (§1).
 */
const [HOLD_MS, PATIENCE_MS] = [25_000, 10_000]; // Middleboxes cut what is silent for 30 s; §5 has the other.
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [100, 5_000]; // To spare a server that is down (§5).
const FRAGMENT_LENGTH = 32_768; // At most: bytes of binary, UTF-16 code units of text (§2).
const [TEXT, BINARY] = [0x81, 0x82]; // How a frame starts: FIN and the opcode (RFC 6455 §5.2).
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }); // That is, do not drop it (§2).
const token = () => crypto.getRandomValues(new Uint8Array(16)).join('-'); // 128 bits in 31 to 63 characters.
const join = (/** @type {any[]} */ pieces) =>
  typeof pieces[0] === 'string' ? pieces.join('') : Uint8Array.from(pieces.flatMap((piece) => [...piece]));

export class PollingClient {
  state = 'connecting'; // Then 'open', 'closing' (our close is on its way), 'closed' (by the server, or gone).
  onopen = (/** @type {string} */ _protocol) => {};
  onmessage = (/** @type {string | Uint8Array} */ _message) => {};
  onclose = (/** @type {number} */ _code, /** @type {string} */ _reason) => {};

  #statement = { version: 1, session: token(), secret: token(), attach: 0, received: NaN }; // JSON: null.
  #server = { url: '', received: 0, paused: false, expiryMs: 30_000, maxBodyBytes: 131_072 }; // As it states.
  #failingSince = Infinity; // The first failure since an attach held; -Infinity where the session is gone.
  #controls = [frame('')].slice(1); // To the server, framed: pongs, and a last `~ack`. They may be lost.
  #fragments = [frame('')].slice(1); // To the server, framed: from number `#server.received` on.
  #pieces = /** @type {any[]} */ ([]); // From the server: of a message whose last fragment has not come yet.
  #closed = '1006'; // What the server's `~close` says, once that has come.
  #most = 1_000; // Fragments in one request; none while the server holds us up (§5).
  #wakeSender = () => {};

  open(/** @type {string} */ address, /** @type {string | string[]} */ protocols = []) {
    const url = address.replace(/^ws/i, 'http').replace(/#.*/, '');
    this.#server.url = `${url}${url.includes('?') ? '&' : '?'}holdfast=${this.#statement.session}`;
    Object.assign(this.#statement, { protocols: [protocols].flat() });
    this.#attach();
  }

  send(/** @type {string | Uint8Array} */ message) {
    if (this.state !== 'connecting' && this.state !== 'open') return;
    for (let [start, end] = [0, 0]; end === 0 || start < message.length; start = end) {
      end = start + FRAGMENT_LENGTH;
      if (/[\uD800-\uDBFF]/.test(`${message[end - 1]}`)) end -= 1; // The first half of a surrogate pair.
      const piece = message.slice(start, end);
      const more = end < message.length ? frame('~more') : [];
      this.#fragments.push(frame(typeof piece === 'string' ? piece.replace(/^~/, '~~') : piece, more));
    }
    this.#wakeSender();
  }

  close(code = 1000, reason = '') {
    if (this.state !== 'connecting' && this.state !== 'open') return;
    this.state = 'closing';
    this.#fragments.push(frame(`~close ${code}${reason && ` ${reason}`}`)); // Numbered: it comes last (§6).
    this.#wakeSender();
  }

  /** One attempt, and where it fails the next. All requests of an attempt state one attach number (§5). */
  async #attach() {
    const attempt = new AbortController();
    try {
      this.#statement.attach += 1;
      await this.#request(attempt, 'now'); // Brings the server's count: from there we send, or send again.
      await Promise.all([this.#keepAsking(attempt, 'hold'), this.#keepAsking(attempt, 'now')]);
    } catch {
      attempt.abort();
      this.#failingSince = Math.min(this.#failingSince, Date.now());
      const failingMs = Date.now() - this.#failingSince;
      const retryMs = Math.min(Math.max(failingMs, FIRST_RETRY_MS), LAST_RETRY_MS); // It doubles.
      if (failingMs < this.#server.expiryMs) return void setTimeout(() => this.#attach(), retryMs);
    }
    this.state = 'closed';
    const [code, ...reason] = this.#closed.split(' ');
    this.onclose(Number(code || 1005), reason.join(' '));
  }

  async #keepAsking(/** @type {AbortController} */ attempt, /** @type {string} */ answer) {
    const waiting = () => this.#controls.length + Math.min(this.#fragments.length, this.#most);
    while (this.state !== 'closed' || (answer === 'now' && waiting() > 0)) {
      if (answer === 'hold' || waiting() > 0) await this.#request(attempt, answer, answer === 'now');
      else await new Promise((wake) => (this.#wakeSender = () => wake(undefined)));
    }
  }

  async #request(/** @type {AbortController} */ attempt, /** @type {string} */ answer, carries = false) {
    const frames = [frame(`~attach ${JSON.stringify({ ...this.#statement, answer, holdMs: HOLD_MS })}`)];
    if (carries) frames.push(...this.#controls.splice(0), frame(`~from ${this.#server.received}`));
    if (carries) frames.push(...this.#fragments.slice(0, this.#most)); // And without those that do not fit:
    while (frames.reduce((size, { length }) => size + length, 0) > this.#server.maxBodyBytes) frames.pop();
    const [body, signal] = [new Blob(frames), attempt.signal]; // Untyped: needs no CORS preflight (§5).
    const timer = setTimeout(() => attempt.abort(), PATIENCE_MS + (answer === 'hold' ? HOLD_MS : 0));
    const answered = fetch(this.#server.url, { method: 'POST', body, credentials: 'include', signal });
    this.#receive(await answered.then((reply) => reply.arrayBuffer()).finally(() => clearTimeout(timer)));
    if (answer === 'hold') this.#most = this.#server.paused && this.state !== 'closed' ? 0 : 1_000;
  }

  #receive(/** @type {ArrayBuffer} */ body) {
    let [number, isLast, holds] = [NaN, true, false]; // Of the next fragment; whether the attach holds.
    for (const data of wireMessages(body)) {
      const [, verb = '', words = ''] = (typeof data === 'string' && /^(~(?!~)\S*) ?(.*)$/s.exec(data)) || [];
      if (verb === '~gone') [holds, this.#failingSince] = [false, -Infinity];
      if (verb === '~superseded') [holds, this.#statement.attach] = [false, Number(words)];
      if (verb === '~from') number = Number(words);
      if (verb === '~more') isLast = false;
      if (verb === '~ping') this.#controls.push(frame(`~pong ${words}`));
      if (verb === '~attached') {
        const { received, ...limits } = JSON.parse(words);
        [holds, this.#failingSince] = [true, Infinity];
        this.#statement.received ||= 0; // No longer NaN.
        this.#server.received += this.#fragments.splice(0, received - this.#server.received).length;
        Object.assign(this.#server, { paused: false }, limits);
        if (this.state === 'connecting') queueMicrotask(() => this.onopen(limits.protocol));
        if (this.state === 'connecting') this.state = 'open';
      }
      if (verb !== '' && verb !== '~close') continue; // Not numbered, or even unknown (§2).
      if (!(number <= this.#statement.received)) throw new Error('There is a gap before this fragment.');
      if (number === this.#statement.received) {
        this.#statement.received += 1;
        if (verb === '') this.#pieces.push(typeof data === 'string' ? data.replace(/^~/, '') : data);
        if (verb === '' && isLast) queueMicrotask(this.onmessage.bind(this, join(this.#pieces.splice(0))));
        if (verb === '~close' && this.state !== 'closing') this.#fragments.push(frame(data)); // The answer, §6.
        if (verb === '~close') this.#controls.push(frame(`~ack ${number + 1}`)); // For a last `now`.
        if (verb === '~close') [this.#closed, this.state] = [words, 'closed'];
      }
      [number, isLast] = [number + 1, true];
    }
    if (!holds) throw new Error('The attach does not hold, or this is not the protocol.');
    this.#wakeSender();
  }
}

/** @returns the frame of a wire message (§2), after that of `~more` where it is given */
function frame(/** @type {string | Uint8Array} */ data, /** @type {Iterable<number>} */ more = []) {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const size = bytes.length;
  const ext = size < 65_536 ? [126, size >> 8, size] : [127, 0, 0, 0, 0, 0, size >> 16, size >> 8, size];
  return Uint8Array.from([...more, bytes === data ? BINARY : TEXT, ...(size < 126 ? [size] : ext), ...bytes]);
}

function* wireMessages(/** @type {ArrayBuffer} */ body) {
  const view = new DataView(body); // Each RFC 6455 frame is a wire message (§2). None is masked.
  for (let at = 0; at < body.byteLength; ) {
    let [start, length] = [at + 2, view.getUint8(at + 1)];
    if (length === 126) [start, length] = [at + 4, view.getUint16(at + 2)];
    else if (length === 127) [start, length] = [at + 10, Number(view.getBigUint64(at + 2))];
    const payload = new Uint8Array(body, start, length); // Throws where the body is cut short.
    yield view.getUint8(at) === TEXT ? decoder.decode(payload) : payload;
    at = start + length;
  }
}
