/**
 * What the examined end says, as lines that can be read and compared: bytes come in, one line for each response or request, frame
 * and end of the connection comes out. Whatever it must not send (RFC 6455 §5) is a line of its own, beginning with
 * `malformed`, which no case expects.
 */
import { createHash } from 'node:crypto';
import { clientsDirection, Inflater, serversDirection } from './deflate.mjs';

/** Longer payloads are told by length and digest. */
const QUOTED_BYTES = 130;

/** The fields of a response that a handshake is about. Others do not matter here. */
const TOLD_FIELDS = [
  'connection',
  'upgrade',
  'allow',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
  'sec-websocket-version',
];

const NAMES = new Map([
  [0x0, 'continuation'],
  [0x1, 'text'],
  [0x2, 'binary'],
  [0x8, 'close'],
  [0x9, 'ping'],
  [0xa, 'pong'],
]);

/** @param {string | Uint8Array} payload */
export function textLine(payload) {
  return dataLine('text', Buffer.from(payload));
}

/** @param {string | Uint8Array} payload */
export function binaryLine(payload) {
  return dataLine('binary', Buffer.from(payload));
}

/** The line of a message that the server has compressed. */
/** @param {string} line as it would be without */
export function compressedLine(line) {
  return `compressed ${line}`;
}

/** @param {string | Uint8Array} [payload] */
export function pongLine(payload = '') {
  return dataLine('pong', Buffer.from(payload));
}

/** @param {number} [code] @param {string} [reason] */
export function closeLine(code, reason = '') {
  if (code === undefined) return 'close';
  return reason === '' ? `close ${code}` : `close ${code} ${JSON.stringify(reason)}`;
}

/** A Close with this code, whatever its reason: it is for people to read, and differs from server to server. */
/** @param {number} code */
export function failureLine(code) {
  return `close ${code}${ANYTHING}`;
}

/** At the end of an expected line: what follows there is not compared. */
const ANYTHING = ' …';

/** @param {string} expected @param {string | undefined} observed */
export function isExpected(expected, observed) {
  if (observed === undefined) return false;
  if (!expected.endsWith(ANYTHING)) return expected === observed;
  const start = expected.slice(0, -ANYTHING.length);
  return observed === start || observed.startsWith(`${start} `);
}

export class TranscriptReader {
  /** @type {string[]} */
  lines = [];
  /** @type {Buffer[]} */
  chunks = [];
  unreadBytes = 0;
  /** How many bytes are needed before the next line can be told. */
  neededBytes = 1;
  /** @type {'responses' | 'request' | 'frames' | 'ignored'} what the next bytes are */
  reading = 'responses';
  /** Of a client: what it has requested, and its Sec-WebSocket-Key. */
  path = '';
  key = '';
  /** @type {string | undefined} the message that is coming in fragments */
  fragmented = undefined;
  /** @type {Buffer[]} */
  fragments = [];
  /** Whether that message is compressed. */
  isCompressed = false;
  /** @type {Inflater | undefined} where compression was agreed upon */
  inflater = undefined;

  /** @param {'server' | 'client'} [speaker] */
  constructor(speaker = 'server') {
    this.speaker = speaker;
    if (speaker === 'client') this.reading = 'request';
  }

  /**
   * Of a client, which does not say it: what it was answered.
   *
   * @param {string | undefined} extensions
   */
  agree(extensions) {
    if (extensions !== undefined) this.inflater = new Inflater(clientsDirection(extensions));
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    this.chunks.push(chunk);
    this.unreadBytes += chunk.length;
    while (this.unreadBytes >= this.neededBytes) {
      const bytes =
        this.chunks.length === 1 ? /** @type {Buffer} */ (this.chunks[0]) : Buffer.concat(this.chunks);
      const length = this.read(bytes);
      this.chunks = [bytes.subarray(length)];
      this.unreadBytes = bytes.length - length;
      if (length > 0) this.neededBytes = 1;
    }
  }

  /** @param {Buffer} bytes */
  read(bytes) {
    if (this.reading === 'ignored') return bytes.length;
    if (this.reading === 'request') return this.readRequest(bytes);
    return this.reading === 'frames' ? this.readFrame(bytes) : this.readResponse(bytes);
  }

  /** @param {'end' | 'reset'} how the connection ended */
  end(how) {
    if (this.unreadBytes > 0) this.lines.push(`malformed: ${this.unreadBytes} bytes of something incomplete`);
    this.unreadBytes = 0;
    this.lines.push(how);
  }

  /**
   * @param {Buffer} bytes
   * @returns {number} how many are read; 0 where more are needed
   */
  readRequest(bytes) {
    const head = readHead(bytes);
    if (head === undefined) return this.need(bytes.length + 1);
    const { startLine, fields, length } = head;
    const [method = '', path = ''] = startLine.split(' ');
    this.path = path;
    this.key = fields.get('sec-websocket-key') ?? '';
    this.reading = 'frames';
    const key = `a key of ${Buffer.from(this.key, 'base64').length} bytes`;
    this.lines.push([method, ...told(fields), key].join(' | '));
    return length;
  }

  /**
   * @param {Buffer} bytes
   * @returns {number} how many are read; 0 where more are needed
   */
  readResponse(bytes) {
    const head = readHead(bytes);
    if (head === undefined) return this.need(bytes.length + 1);
    const { startLine, fields, length: headLength } = head;
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(startLine)?.[1];
    const length = headLength + (status === '101' ? 0 : Number(fields.get('content-length') ?? 0));
    if (bytes.length < length) return this.need(length);
    if (status === '101') {
      this.reading = 'frames';
      const direction = serversDirection(fields.get('sec-websocket-extensions'));
      this.inflater = direction && new Inflater(direction);
    }
    // A body in chunks is of no interest here, nor what follows it.
    if (status !== '101' && fields.has('transfer-encoding')) this.reading = 'ignored';
    this.lines.push(status === undefined ? `malformed: ${startLine}` : [status, ...told(fields)].join(' | '));
    return length;
  }

  /**
   * @param {Buffer} bytes
   * @returns {number} how many are read; 0 where more are needed
   */
  readFrame(bytes) {
    if (bytes.length < 2) return this.need(2);
    const isMasked = bytes.readUInt8(1) >= 128;
    const second = bytes.readUInt8(1) & 127;
    const behindLength = second === 126 ? 4 : second === 127 ? 10 : 2;
    const start = behindLength + (isMasked ? 4 : 0);
    if (bytes.length < start) return this.need(start);
    const length =
      second === 126 ? bytes.readUInt16BE(2) : second === 127 ? Number(bytes.readBigUInt64BE(2)) : second;
    if (isMasked !== (this.speaker === 'client')) {
      return this.refuse(bytes, isMasked ? 'a masked frame' : 'a frame that is not masked');
    }
    if (second > 125 && length < (second === 126 ? 126 : 65536))
      return this.refuse(bytes, 'a length in too many bytes');
    if (bytes.length < start + length) return this.need(start + length);
    const payload = Buffer.from(bytes.subarray(start, start + length));
    if (isMasked)
      for (let at = 0; at < length; at++)
        payload[at] = Number(payload[at]) ^ Number(bytes[behindLength + (at & 3)]);
    const problem = this.tellFrame(bytes.readUInt8(0), payload);
    return problem === undefined ? start + length : this.refuse(bytes, problem);
  }

  /**
   * @param {number} first byte of the frame
   * @param {Buffer} payload
   * @returns {string | undefined} what is wrong with it
   */
  tellFrame(first, payload) {
    const fin = first >= 0x80;
    const name = NAMES.get(first & 0x0f);
    if (name === undefined) return `opcode ${first & 0x0f}`;
    const isMessage = name === 'text' || name === 'binary';
    const isCompressed = (first & 0x70) === 0x40 && isMessage && this.inflater !== undefined;
    if ((first & 0x70) !== 0 && !isCompressed) return 'a reserved bit';
    if (name === 'ping' || name === 'pong' || name === 'close') {
      if (!fin) return `a ${name} in fragments`;
      if (payload.length > 125) return `a ${name} of ${payload.length} bytes`;
      this.lines.push(name === 'close' ? closeLineOf(payload) : dataLine(name, payload));
      return undefined;
    }
    if ((name === 'continuation') !== (this.fragmented !== undefined)) return `a ${name} out of place`;
    if (this.fragmented === undefined) this.isCompressed = isCompressed;
    this.fragmented ??= name;
    this.fragments.push(payload);
    if (!fin) return undefined;
    const problem = this.tellMessage(this.fragmented, Buffer.concat(this.fragments));
    this.fragmented = undefined;
    this.fragments = [];
    return problem;
  }

  /**
   * @param {string} kind
   * @param {Buffer} payload of all its frames
   * @returns {string | undefined} what is wrong with it
   */
  tellMessage(kind, payload) {
    if (!this.isCompressed) {
      this.lines.push(dataLine(kind, payload));
      return undefined;
    }
    try {
      const data = /** @type {Inflater} */ (this.inflater).message(payload);
      this.lines.push(compressedLine(dataLine(kind, data)));
      return undefined;
    } catch (error) {
      return `a compressed ${kind}: ${error}`;
    }
  }

  /** @param {Buffer} bytes @param {string} problem */
  refuse(bytes, problem) {
    this.lines.push(`malformed: ${problem}`);
    return bytes.length;
  }

  /** @param {number} bytes */
  need(bytes) {
    this.neededBytes = bytes;
    return 0;
  }
}

/**
 * @param {Buffer} bytes
 * @returns {{ startLine: string, fields: Map<string, string>, length: number } | undefined} undefined while it is not complete
 */
function readHead(bytes) {
  const length = bytes.indexOf('\r\n\r\n') + 4;
  if (length < 4) return undefined;
  const [startLine = '', ...lines] = bytes.toString('latin1', 0, length - 4).split('\r\n');
  const fields = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { startLine, fields, length };
}

/** @param {Map<string, string>} fields */
function told(fields) {
  return TOLD_FIELDS.filter((name) => fields.has(name)).map((name) => `${name}: ${fields.get(name)}`);
}

/** @param {string} kind @param {Buffer} payload */
function dataLine(kind, payload) {
  if (payload.length === 0) return `${kind} (empty)`;
  if (payload.length > QUOTED_BYTES) {
    const digest = createHash('sha256').update(payload).digest('hex').slice(0, 16);
    return `${kind} of ${payload.length} bytes, sha256 ${digest}`;
  }
  const string = payload.toString();
  const isText = kind === 'text' && Buffer.from(string).equals(payload);
  return `${kind} ${isText ? JSON.stringify(string) : payload.toString('hex')}`;
}

/** @param {Buffer} payload */
function closeLineOf(payload) {
  if (payload.length === 0) return 'close';
  if (payload.length === 1) return 'malformed: a close of one byte';
  return closeLine(payload.readUInt16BE(0), payload.toString('utf8', 2));
}
