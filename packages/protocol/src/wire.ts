/**
 * Items ⇄ wire messages (PROTOCOL.md §2). A wire message is text or binary, as a WebSocket has them; text that starts
 * with `~` is a control, and an application's own leading `~` is doubled. `writeItems` says items as wire messages,
 * `WireWriter` says and `WireReader` reads one direction of one transport (a WebSocket since its attach, or one HTTP
 * body), where numbers are implied as far as possible. None knows bytes on a socket nor what a control asks for.
 */
import { MAX_CLOSE_REASON_BYTES } from './close.ts';
import { CLOSE_NO_STATUS_RECEIVED, isValidCloseCode } from './close-codes.ts';
import type { CloseItem, Item, Payload } from './item.ts';
import type { Outgoing } from './transport.ts';
import { utf8ByteLength } from './utf8.ts';
import { wireError } from './wire-error.ts';

/** A control message: `~verb argument`. */
export interface Control {
  readonly kind: 'control';
  readonly verb: string;
  /** What stands after the verb and one space; '' where nothing does. */
  readonly argument: string;
}

/** An item with its number. */
export type NumberedItem = Item & { readonly number: number };

/** Takes one wire message. */
export type Emit = (data: Payload, binary: boolean) => void;

const TILDE = 0x7e;

/** `~`, a verb, and what stands behind one space. */
const CONTROL = /^~([^ ]*)(?: ([\s\S]*))?$/;

/** One control as the text of its wire message. */
export function control(verb: string, argument: string | number = ''): string {
  return argument === '' ? `~${verb}` : `~${verb} ${argument}`;
}

/** Whether a wire message is a control, or something that the application has sent. */
export function isControl(data: Payload, binary: boolean): boolean {
  return !binary && startsWithTilde(data, 0) && !startsWithTilde(data, 1);
}

/** Says items as wire messages. Text is strings. */
export function writeItems(items: readonly Item[], emit: Emit): void {
  for (const item of items) {
    if (item.kind === 'close') {
      emit(control('close', closeArgument(item.code, item.reason)), false);
      continue;
    }
    if (!item.final) emit('~more', false);
    const { data, binary } = item;
    emit(!binary && startsWithTilde(data, 0) ? `~${data}` : data, binary);
  }
}

/** Says one direction of one transport: the other end's {@link WireReader} arrives at the same numbers. */
export class WireWriter {
  /** The number the other end gives the next item by itself; undefined where it has to be told. */
  private number: number | undefined;

  /** @param firstNumber what the other end's reader begins with; undefined in an HTTP body */
  constructor(firstNumber?: number) {
    this.number = firstNumber;
  }

  /**
   * A number that is not implied is said. That happens on a WebSocket too: items that were acknowledged over the older
   * transport while the attach was on its way are not sent again, so that the first one is later than the attach states.
   */
  write({ controls, run: { first, items } }: Outgoing, emit: Emit): void {
    for (const text of controls) emit(text, false);
    const from = this.announce(first, items.length);
    if (from !== undefined) emit(from, false);
    writeItems(items, emit);
  }

  /** What is to be said before so many items: their number, where it is not implied. */
  announce(first: number, count: number): string | undefined {
    if (count === 0) return undefined;
    const from = first === this.number ? undefined : control('from', first);
    this.number = first + count;
    return from;
  }
}

/** Reads the wire messages of one direction, in order. */
export class WireReader {
  /** The number of the next item; undefined where the other end has to say it first (an HTTP body). */
  private number: number | undefined;
  /** Whether the next fragment is not the last of its message. */
  private more = false;
  private readonly decodeText: (bytes: Uint8Array) => string;

  /**
   * @param firstNumber the number of the first item; undefined where the other end has to say it
   * @param decodeText where text is read as bytes. Default: it is strings
   */
  constructor(firstNumber?: number, decodeText: (bytes: Uint8Array) => string = String) {
    this.number = firstNumber;
    this.decodeText = decodeText;
  }

  /**
   * Whether a wire message is a message of the application as it stands, as nearly all are: its number is then
   * {@link takeNumber}, and no object need be made for it.
   */
  isMessage(data: Payload, binary: boolean): boolean {
    return (binary || !startsWithTilde(data, 0)) && !this.more && this.number !== undefined;
  }

  /**
   * @returns the item or control that the wire message is; undefined for one that only tells about the next
   * @throws ProtocolError a control that cannot be parsed, an item without a number
   */
  read(data: Payload, binary: boolean): NumberedItem | Control | undefined {
    return !binary && startsWithTilde(data, 0) ? this.readControl(data) : this.fragment(data, binary);
  }

  private readControl(data: Payload): NumberedItem | Control | undefined {
    if (startsWithTilde(data, 1)) return this.fragment(data.slice(1), false);
    const text = typeof data === 'string' ? data : this.decodeText(data);
    const [, verb, argument = ''] = CONTROL.exec(text) as unknown as [string, string, string?];
    if (verb === 'more') this.more = true;
    else if (verb === 'from') this.number = parseCount(argument);
    else if (verb === 'close') return Object.assign(parseClose(argument), { number: this.takeNumber() });
    else return { kind: 'control', verb, argument };
    return undefined;
  }

  private fragment(data: Payload, binary: boolean): NumberedItem {
    const final = !this.more;
    this.more = false;
    return { kind: 'data', data, binary, final, number: this.takeNumber() };
  }

  /** The number of the item that has just come. @throws ProtocolError there is none */
  takeNumber(): number {
    if (this.number === undefined) throw wireError('A fragment without a number');
    return this.number++;
  }
}

/** A count or number as it stands in a control. @throws ProtocolError */
export function parseCount(argument: string): number {
  // So many digits are a safe integer.
  if (!/^\d{1,15}$/.test(argument)) throw wireError('Not a count');
  return Number(argument);
}

/** What stands behind `~close `. */
export function closeArgument(code: number, reason: string): string {
  if (code === CLOSE_NO_STATUS_RECEIVED) return '';
  return reason === '' ? `${code}` : `${code} ${reason}`;
}

/** The argument of `~close`, and of a `~gone` that has one. @throws ProtocolError */
export function parseClose(argument: string): CloseItem {
  if (argument === '') return { kind: 'close', code: CLOSE_NO_STATUS_RECEIVED, reason: '' };
  const [, digits, reason = ''] = /^(\d{4})(?: ([\s\S]*))?$/.exec(argument) ?? [];
  // The rules of a Close frame (RFC 6455 §7.4, §5.5): what an application could not have sent is not a close.
  if (!isValidCloseCode(Number(digits)) || utf8ByteLength(reason) > MAX_CLOSE_REASON_BYTES) {
    throw wireError('Not a close');
  }
  return { kind: 'close', code: Number(digits), reason };
}

function startsWithTilde(data: Payload, at: number): boolean {
  return (typeof data === 'string' ? data.charCodeAt(at) : data[at]) === TILDE;
}
