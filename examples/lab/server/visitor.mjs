/**
 * One page that visits the lab: who it is, its socket, and the numbers of its messages in both directions.
 *
 * The numbers outlive the socket. If a session is given up and the page comes back with another, the count goes on,
 * and what was lost between the two shows as lost.
 */
import { encodeText } from '../public/shared/envelope.js';
import { BOARD_COLOURS, MAX_NAME_LENGTH } from '../public/shared/limits.js';
import { SequenceCheck } from '../public/shared/sequence.js';

/**
 * What the lab needs of a server-side socket.
 *
 * @typedef {object} LabSocket
 * @property {number} readyState
 * @property {number} bufferedAmount
 * @property {string | null} [transport]
 * @property {(data: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 * @property {() => void} terminate
 */

/** readyState of an open socket. */
const OPEN = 1;

export class Visitor {
  /** The page's own secret: 16 hexadecimal digits. Told to nobody. */
  id;
  /** What others know the page by. */
  person;
  name = '';
  /** Number of the ink in the palette. */
  colour = 0;

  /** Checks what the page sends. */
  up = new SequenceCheck();
  /** Messages sent to the page. */
  sent = 0;

  /** @type {LabSocket | undefined} */
  socket;
  /** When the last socket closed, in ms since 1970; while there is a socket it says nothing. */
  leftAtMs = Date.now();

  /** @param {string} id @param {number} person */
  constructor(id, person) {
    this.id = id;
    this.person = person;
  }

  get isPresent() {
    return this.socket?.readyState === OPEN;
  }

  get transport() {
    return this.socket?.transport ?? null;
  }

  /** Bytes that wait for the page to take them. */
  get waitingBytes() {
    return this.socket?.bufferedAmount ?? 0;
  }

  /**
   * Begins both counts anew.
   *
   * @param {number} n number of the page's next message
   */
  restart(n) {
    this.up.restart(n);
    this.sent = 0;
  }

  /**
   * Takes over a name and a colour, if they are what they should be.
   *
   * @param {Record<string, unknown>} body
   * @returns {boolean} false: nothing has changed
   */
  introduce({ name, colour }) {
    if (typeof name !== 'string' || !Number.isInteger(colour)) return false;
    const trimmed = name.trim().slice(0, MAX_NAME_LENGTH);
    if (trimmed === '' || Number(colour) < 0 || Number(colour) >= BOARD_COLOURS) return false;
    this.name = trimmed;
    this.colour = Number(colour);
    return true;
  }

  /**
   * Sends one numbered message, or nothing if there is no session.
   *
   * @param {string} topic
   * @param {string} type
   * @param {Record<string, unknown>} [body]
   */
  send(topic, type, body) {
    if (this.socket === undefined || !this.isPresent) return;
    this.sent += 1;
    this.socket.send(encodeText(this.sent, topic, type, body));
  }
}
