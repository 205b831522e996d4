/**
 * The page's side of a test in an old engine: a socket, and what was seen of it. A test asks for its fields again and again
 * (engines/qtwebkit.ts), since nothing can be waited for from outside. It uses what every one of these pages has: the syntax of 2015, and of
 * the functions those of ES5.
 */

/**
 * An event of a socket, but for messages.
 *
 * @typedef {object} Seen
 * @property {string} type
 * @property {number} readyState
 * @property {boolean} isTarget whether the socket is its target
 * @property {number | undefined} code of a close
 * @property {string | undefined} reason of a close
 * @property {boolean | undefined} wasClean of a close
 */

class LegacyProbe {
  /** @param {string} url @param {string[]} [protocols] */
  constructor(url, protocols = []) {
    /** @type {Seen[]} */
    this.events = [];
    /** @type {(string | ArrayBuffer | Blob)[]} */
    this.messages = [];
    /** Those that attached, in order. */
    /** @type {string[]} */
    this.transports = [];
    this.socket = new Holdfast.WebSocket(url, protocols);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onopen = this.socket.onerror = (event) => this.see(event, {});
    this.socket.onclose = (event) => {
      const { code, reason, wasClean } = event;
      this.see(event, { code, reason, wasClean });
    };
    this.socket.addEventListener('message', ({ data }) => this.messages.push(data));
    this.socket.addEventListener('holdfast', (event) => {
      const { type, transport } = /** @type {CustomEvent} */ (event).detail;
      if (type === 'attached') this.transports.push(transport);
    });
  }

  /** Sends payloads of these lengths. @param {'text' | 'binary'} type @param {number[]} lengths */
  send(type, lengths) {
    for (const length of lengths) this.socket.send(payload(type, length));
  }

  /** Of each message: its type, its length in bytes, and whether it is the very payload of that length. */
  get received() {
    return this.messages.map((message) => {
      const type = typeof message === 'string' ? 'text' : 'binary';
      const bytes =
        typeof message === 'string'
          ? encodeURIComponent(message).replace(/%../g, '.').length
          : /** @type {ArrayBuffer} */ (message).byteLength;
      return [type, bytes, isSame(payload(type, bytes), message)];
    });
  }

  /** @param {Event} event @param {{ code?: number, reason?: string, wasClean?: boolean }} more */
  see({ type, target }, more) {
    const { readyState } = this.socket;
    const { code, reason, wasClean } = more;
    this.events.push({ type, readyState, isTarget: target === this.socket, code, reason, wasClean });
  }
}

/** As in payload.mjs, which is a module. @param {'text' | 'binary'} type @param {number} bytes */
function payload(type, bytes) {
  if (type === 'text') return times('aé€😀', Math.floor(bytes / 10)) + times('x', bytes % 10);
  const payload = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index++) payload[index] = index + (index >> 8) * 7;
  return payload;
}

/** @param {string} text @param {number} count */
function times(text, count) {
  return new Array(count + 1).join(text);
}

/** @param {string | Uint8Array} sent @param {string | ArrayBuffer | Blob} received */
function isSame(sent, received) {
  if (typeof sent === 'string' || typeof received === 'string') return sent === received;
  const bytes = new Uint8Array(/** @type {ArrayBuffer} */ (received));
  if (bytes.length !== sent.length) return false;
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== sent[index]) return false;
  return true;
}

// A class is no property of the window.
/** @type {any} */ (window).LegacyProbe = LegacyProbe;
