/** The URL and the subprotocols of a WebSocket as the constructor checks them (WHATWG WebSockets §3.1, steps 1 to 9). */

/** @throws DOMException SyntaxError */
export function parseUrl(url: string): string {
  const { document, location } = globalThis;
  try {
    const parsed = new URL(url, document ? document.baseURI : location && location.href);
    // Schemes that are special like these can be changed for one another.
    parsed.protocol = parsed.protocol.replace('http', 'ws');
    // No fragment, not even an empty one.
    if (/^wss?:[^#]*$/.test(parsed.href)) return parsed.href;
  } catch {
    // no URL at all
  }
  throw syntaxError(`'${url}' is not the URL of a WebSocket.`);
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
      throw syntaxError(`'${protocol}' is no subprotocol, or not the first.`);
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
