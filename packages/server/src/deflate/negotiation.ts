/**
 * The negotiation of permessage-deflate (RFC 7692 §5.1, §7.1): Sec-WebSocket-Extensions of one end and the options of the other →
 * what both agree upon. Pure; nothing is compressed here.
 */
import { type Extension, formatExtension, parseExtensions } from '../extensions.ts';
import { EXTENSION_NAME, MAX_WINDOW_BITS, type PerMessageDeflateOptions } from './options.ts';

/** What both ends keep to. */
export interface DeflateAgreement {
  /** Whether the server's messages never refer to the ones before. */
  readonly serverNoContextTakeover: boolean;
  /** Whether the client's messages never refer to the ones before. */
  readonly clientNoContextTakeover: boolean;
  /** How far back the server's messages refer, as a power of two: 8 to 15. */
  readonly serverMaxWindowBits: number;
  /** How far back the client's messages refer, as a power of two: 8 to 15. */
  readonly clientMaxWindowBits: number;
  /** The extension as it stands in the server's answer. */
  readonly header: string;
}

/** An answer that the client has to fail the handshake for: the message is that of ws, the cause says more. */
export class ExtensionsError extends Error {
  override readonly name = 'ExtensionsError';
}

/**
 * The server's choice among what a client offers: the first offer that it can accept. The others, and those that do not
 * keep to RFC 7692 §7.1, are declined (§7: "MUST decline"), which leaves a connection without compression. (ws refuses
 * the handshake there.)
 *
 * @param options undefined: nothing is accepted
 */
export function acceptDeflateOffer(
  offers: readonly Extension[],
  options: PerMessageDeflateOptions | undefined,
): DeflateAgreement | undefined {
  if (options === undefined) return undefined;
  for (const offer of offers) {
    const offered = offer.name === EXTENSION_NAME ? readParameters(offer, 'offer') : undefined;
    const agreement = typeof offered === 'object' ? agreeAsServer(offered, options) : undefined;
    if (agreement !== undefined) return agreement;
  }
  return undefined;
}

/** Sec-WebSocket-Extensions of a client's request. */
export function deflateOffer(options: PerMessageDeflateOptions): string {
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  return formatParameters({
    server_no_context_takeover: options.serverNoContextTakeover === true,
    client_no_context_takeover: options.clientNoContextTakeover === true,
    server_max_window_bits: typeof serverMaxWindowBits === 'number' ? serverMaxWindowBits : undefined,
    client_max_window_bits: clientMaxWindowBits === false ? undefined : (clientMaxWindowBits ?? true),
  });
}

/**
 * What a server has made of the client's offer; undefined where it has declined.
 *
 * @param header Sec-WebSocket-Extensions of the answer
 * @param options those that made the offer; undefined where there was none
 * @throws ExtensionsError anything that was not offered, or that does not answer the offer: the client "MUST _Fail the WebSocket
 *   Connection_" (RFC 6455 §4.1, RFC 7692 §7.1)
 */
export function acceptDeflateResponse(
  header: string | undefined,
  options: PerMessageDeflateOptions | undefined,
): DeflateAgreement | undefined {
  if (header === undefined) return undefined;
  if (options === undefined) {
    throw new ExtensionsError('Server sent a Sec-WebSocket-Extensions header but no extension was requested');
  }
  const extensions = parseExtensions(header);
  const [extension] = extensions ?? [];
  if (extension === undefined) throw invalidResponse(`malformed: ${header}`);
  if (extensions?.length !== 1 || extension.name !== EXTENSION_NAME) {
    throw new ExtensionsError('Server indicated an extension that was not requested');
  }
  const answered = readParameters(extension, 'response');
  if (typeof answered === 'string') throw invalidResponse(answered);
  return agreeAsClient(answered, options);
}

/** The parameters of §7.1, as they stand in a header. */
interface Parameters {
  server_no_context_takeover: boolean;
  client_no_context_takeover: boolean;
  server_max_window_bits: number | undefined;
  /** `true` without a value: in an offer alone. */
  client_max_window_bits: number | true | undefined;
}

/** "a decimal integer value without leading zeroes between 8 to 15, inclusive" (§7.1.2). */
const WINDOW_BITS_PATTERN = /^(?:[89]|1[0-5])$/;

/** @returns why "an element is invalid" otherwise (§7.1) */
function readParameters({ parameters }: Extension, where: 'offer' | 'response'): Parameters | string {
  const read: Parameters = {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: undefined,
    client_max_window_bits: undefined,
  };
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name)) return `${name} stands twice`;
    seen.add(name);
    switch (name) {
      case 'server_no_context_takeover':
      case 'client_no_context_takeover':
        if (value !== true) return `${name} has a value`;
        read[name] = true;
        break;
      case 'server_max_window_bits':
      case 'client_max_window_bits':
        if (value === true) {
          if (name === 'server_max_window_bits' || where === 'response') return `${name} has no value`;
          read[name] = true;
        } else {
          if (!WINDOW_BITS_PATTERN.test(value)) return `${name} is ${value}`;
          read[name] = Number(value);
        }
        break;
      default:
        return `there is no parameter ${name}`;
    }
  }
  return read;
}

/** Undefined where an offer asks for what the options rule out. */
function agreeAsServer(offered: Parameters, options: PerMessageDeflateOptions): DeflateAgreement | undefined {
  if (offered.server_no_context_takeover && options.serverNoContextTakeover === false) return undefined;
  if (offered.server_max_window_bits !== undefined && options.serverMaxWindowBits === false) return undefined;
  // "the server MUST NOT include it in the response" where the client has not offered to be told (§7.1.2.2).
  const mayTell = offered.client_max_window_bits !== undefined;
  if (typeof options.clientMaxWindowBits === 'number' && !mayTell) return undefined;

  return toAgreement({
    server_no_context_takeover:
      offered.server_no_context_takeover || options.serverNoContextTakeover === true,
    client_no_context_takeover:
      offered.client_no_context_takeover || options.clientNoContextTakeover === true,
    server_max_window_bits: least(offered.server_max_window_bits, options.serverMaxWindowBits),
    client_max_window_bits: least(offered.client_max_window_bits, options.clientMaxWindowBits),
  });
}

function agreeAsClient(answered: Parameters, options: PerMessageDeflateOptions): DeflateAgreement {
  if (options.serverNoContextTakeover === true && !answered.server_no_context_takeover) {
    throw invalidResponse('server_no_context_takeover is missing');
  }
  if (answered.client_no_context_takeover && options.clientNoContextTakeover === false) {
    throw invalidResponse('client_no_context_takeover is not acceptable');
  }
  const serverBits = answered.server_max_window_bits ?? MAX_WINDOW_BITS;
  if (typeof options.serverMaxWindowBits === 'number' && serverBits > options.serverMaxWindowBits) {
    throw invalidResponse('server_max_window_bits is not what was asked for');
  }
  const clientBits = answered.client_max_window_bits;
  if (clientBits !== undefined && options.clientMaxWindowBits === false) {
    throw invalidResponse('client_max_window_bits was not offered');
  }
  const offeredBits = options.clientMaxWindowBits;
  if (typeof clientBits === 'number' && typeof offeredBits === 'number' && clientBits > offeredBits) {
    throw invalidResponse('client_max_window_bits is more than was offered');
  }
  // What a client says of itself in its offer holds whether the server repeats it or not (§7.1.1.2, §7.1.2.2).
  return {
    ...toAgreement(answered),
    clientNoContextTakeover: answered.client_no_context_takeover || options.clientNoContextTakeover === true,
    clientMaxWindowBits: least(clientBits, offeredBits) ?? MAX_WINDOW_BITS,
  };
}

function toAgreement(parameters: Parameters): DeflateAgreement {
  const { server_max_window_bits: serverBits, client_max_window_bits: clientBits } = parameters;
  return {
    serverNoContextTakeover: parameters.server_no_context_takeover,
    clientNoContextTakeover: parameters.client_no_context_takeover,
    serverMaxWindowBits: serverBits ?? MAX_WINDOW_BITS,
    clientMaxWindowBits: typeof clientBits === 'number' ? clientBits : MAX_WINDOW_BITS,
    header: formatParameters(parameters),
  };
}

/** The smaller of those that are numbers. */
function least(...bits: readonly (number | boolean | undefined)[]): number | undefined {
  const numbers = bits.filter((value) => typeof value === 'number');
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

function formatParameters(parameters: Parameters): string {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== false);
  return formatExtension({
    name: EXTENSION_NAME,
    parameters: set.map(([name, value]) => [name, value === true ? true : String(value)]),
  });
}

/** The message of ws. */
function invalidResponse(why: string): ExtensionsError {
  return new ExtensionsError('Invalid Sec-WebSocket-Extensions header', { cause: new Error(why) });
}
