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

/** Both of what follows. @throws DOMException SyntaxError @throws TypeError */
export function parseProtocols(protocols: unknown): string[] {
  return checkProtocols(toProtocols(protocols));
}

/** @throws DOMException SyntaxError */
export function checkProtocols(list: string[]): string[] {
  list.forEach((protocol, index) => {
    if (!TOKEN.test(protocol) || list.indexOf(protocol) !== index)
      throw syntaxError(`The subprotocol '${protocol}' is invalid or duplicated.`);
  });
  return list;
}

/** WebIDL `(DOMString or sequence<DOMString>)` (§3.2.24): an object that has an iterator is a sequence. @throws TypeError */
export function toProtocols(protocols: unknown): string[] {
  const isSequence =
    Object(protocols) === protocols && (protocols as Iterable<unknown>)[Symbol.iterator] != null;
  return isSequence ? Array.from(protocols as Iterable<unknown>, toText) : [toText(protocols)];
}

/** WebIDL DOMString. @throws TypeError for a Symbol, which `String` has a text for */
export function toText(value: unknown): string {
  return `${value}`;
}

/** The exception of the standard for whatever cannot be parsed. */
export function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError');
}
