/** The URL and the subprotocols of a WebSocket as the constructor checks them (WHATWG WebSockets §3.1, steps 1 to 9). */

/** @throws DOMException SyntaxError */
export function parseUrl(url: string): string {
  const parsed = parse(url);
  if (parsed === undefined) throw syntaxError(`The URL '${url}' is invalid.`);
  // Schemes that are special like these can be changed for one another.
  parsed.protocol = parsed.protocol.replace('http', 'ws');
  if (!/^wss?:/.test(parsed.protocol)) {
    throw syntaxError(`The URL's scheme '${parsed.protocol}' is not allowed.`);
  }
  if (parsed.href.includes('#')) {
    throw syntaxError(`The URL has a fragment.`);
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
  list.forEach((protocol, index) => {
    if (!TOKEN.test(protocol) || list.indexOf(protocol) !== index)
      throw syntaxError(`The subprotocol '${protocol}' is invalid or duplicated.`);
  });
  return list;
}

/** The exception of the standard for whatever cannot be parsed. */
export function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError');
}

function isIterableObject(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
