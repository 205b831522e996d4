/** The URL and the subprotocols of a WebSocket as the constructor checks them (WHATWG WebSockets §3.1, steps 1 to 9). */

/** @throws DOMException SyntaxError */
export function parseUrl(url: string): string {
  const parsed = parse(url);
  if (parsed === undefined) throw new DOMException(`The URL '${url}' is invalid.`, 'SyntaxError');
  // The scheme of a URL object cannot be changed between special and non-special ones, but http and ws are both special.
  if (parsed.protocol === 'http:') parsed.protocol = 'ws:';
  else if (parsed.protocol === 'https:') parsed.protocol = 'wss:';
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw new DOMException(
      `The URL's scheme must be 'ws', 'wss', 'http' or 'https', not '${parsed.protocol}'.`,
      'SyntaxError',
    );
  }
  if (parsed.hash !== '' || parsed.href.endsWith('#')) {
    throw new DOMException(`The URL contains a fragment identifier ('${parsed.hash}').`, 'SyntaxError');
  }
  return parsed.href;
}

function parse(url: string): URL | undefined {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    return undefined;
  }
}

/** "elements that comprise the value of Sec-WebSocket-Protocol" (RFC 6455 §4.1): tokens, each once. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** @param protocols as WebIDL has it: a sequence, or anything else as a string @throws DOMException SyntaxError */
export function parseProtocols(protocols: unknown): string[] {
  const list = isIterableObject(protocols) ? Array.from(protocols, String) : [String(protocols)];
  for (const [index, protocol] of list.entries()) {
    if (!TOKEN.test(protocol))
      throw new DOMException(`The subprotocol '${protocol}' is invalid.`, 'SyntaxError');
    if (list.indexOf(protocol) !== index) {
      throw new DOMException(`The subprotocol '${protocol}' is duplicated.`, 'SyntaxError');
    }
  }
  return list;
}

function isIterableObject(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
