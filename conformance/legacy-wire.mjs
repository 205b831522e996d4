/**
 * The two handshakes of 2010 and their frames, byte for byte: what a client says, and what a server says as lines. Written from
 * draft-hixie-thewebsocketprotocol-75 and -76 alone, apart from the code of the server.
 */

/** The example of hixie-76 §1.2. */
export const KEYS_76 = { key1: '4 @1  46546xW%0l 1 5', key2: '12998 5 Y3 1  .P00', key3: '^n:ds[4U' };
export const ANSWER_76 = "8jKS'y:G*Co,Wxa-";

/** The closing frame of hixie-76 §5.3. */
export const CLOSING_FRAME = Buffer.of(0xff, 0x00);

/** @typedef {{ headers?: Readonly<Record<string, string | undefined>>, requestLine?: string }} RequestOptions */

/** The head of a request of hixie-75: the example of §1.2, field by field in its order. */
/** @param {RequestOptions} [options] */
export function handshake75({ headers = {}, requestLine = 'GET /demo HTTP/1.1' } = {}) {
  return head(requestLine, {
    Upgrade: 'WebSocket',
    Connection: 'Upgrade',
    Host: 'example.com',
    Origin: 'http://example.com',
    ...headers,
  });
}

/** The head of a request of hixie-76: the example of §1.2. The eight bytes come behind it. */
/** @param {RequestOptions} [options] */
export function handshake76({ headers = {}, requestLine = 'GET /demo HTTP/1.1' } = {}) {
  return head(requestLine, {
    Host: 'example.com',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key2': KEYS_76.key2,
    Upgrade: 'WebSocket',
    'Sec-WebSocket-Key1': KEYS_76.key1,
    Origin: 'http://example.com',
    ...headers,
  });
}

/**
 * @param {string} requestLine
 * @param {Readonly<Record<string, string | undefined>>} fields
 */
function head(requestLine, fields) {
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return Buffer.from(`${[requestLine, ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
}

/** @param {string | Uint8Array} payload */
export function text(payload) {
  return Buffer.concat([Buffer.of(0x00), Buffer.from(payload), Buffer.of(0xff)]);
}

/** A frame with a length, which a server discards (§5.3). */
/** @param {number} type 0x80 and more @param {Uint8Array} payload */
export function counted(type, payload) {
  const length = [payload.length & 0x7f];
  for (let rest = payload.length >> 7; rest > 0; rest >>= 7) length.unshift((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(type, ...length), payload]);
}

/** What a server says on such a connection, one line each: the head of its answer, hixie-76's sixteen bytes, texts, the end. */
export class LegacyTranscriptReader {
  /** @type {string[]} */
  lines = [];
  unread = Buffer.alloc(0);
  /** @type {'head' | 'answer' | 'frames' | 'body'} what the next bytes are */
  reading = 'head';

  /** @param {boolean} hasChallenge whether sixteen bytes follow the head: in hixie-76 */
  constructor(hasChallenge) {
    this.hasChallenge = hasChallenge;
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    this.unread = Buffer.concat([this.unread, chunk]);
    while (this.unread.length > 0) {
      const length = this.read(this.unread);
      if (length === 0) return;
      this.unread = this.unread.subarray(length);
    }
  }

  /** @param {'end' | 'reset'} how */
  end(how) {
    if (this.unread.length > 0) this.lines.push(`malformed: ${this.unread.toString('hex')}`);
    this.lines.push(how);
  }

  /**
   * @param {Buffer} bytes
   * @returns {number} how many are read; 0 where more are needed
   */
  read(bytes) {
    if (this.reading === 'head') return this.readHead(bytes);
    if (this.reading === 'answer') {
      if (bytes.length < ANSWER_76.length) return 0;
      this.lines.push(`answer ${bytes.toString('latin1', 0, ANSWER_76.length)}`);
      this.reading = 'frames';
      return ANSWER_76.length;
    }
    // Of a refusal the body is for people.
    return this.reading === 'body' ? bytes.length : this.readFrame(bytes);
  }

  /** @param {Buffer} bytes */
  readHead(bytes) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const lines = bytes.toString('latin1', 0, end).split('\r\n');
    const isAccepted = lines[0]?.startsWith('HTTP/1.1 101 ') === true;
    // Clients compare the answer as a whole; of a refusal they see nothing.
    this.lines.push(isAccepted ? lines.join(' | ') : (lines[0]?.slice(0, 12) ?? ''));
    this.reading = isAccepted ? (this.hasChallenge ? 'answer' : 'frames') : 'body';
    return end + 4;
  }

  /** @param {Buffer} bytes */
  readFrame(bytes) {
    if (bytes[0] === CLOSING_FRAME[0]) {
      if (bytes.length < CLOSING_FRAME.length) return 0;
      this.lines.push(bytes[1] === CLOSING_FRAME[1] ? 'closing frame' : `malformed: a frame of type 0xff`);
      return CLOSING_FRAME.length;
    }
    const end = bytes.indexOf(0xff);
    if (end < 0) return 0;
    this.lines.push(
      bytes[0] === 0x00 ? textLine(bytes.subarray(1, end)) : `malformed: a frame of type ${bytes[0]}`,
    );
    return end + 1;
  }
}

/** @param {string | Uint8Array} payload */
export function textLine(payload) {
  const bytes = Buffer.from(payload);
  return bytes.length > 100 ? `text of ${bytes.length} bytes` : `text ${JSON.stringify(bytes.toString())}`;
}
