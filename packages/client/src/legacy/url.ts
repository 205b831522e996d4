/**
 * URL, as far as it is used here, on a window that has none, or one that takes for a URL what is none. The browser resolves and encodes
 * by a link; taken apart it is here, since not even in that do old browsers agree.
 */

/** Scheme, user, host and port, path, query, fragment. */
const PARTS = /^([a-z][a-z\d+.-]*:)(?:\/\/([^/?#]*@)?([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/i;

/** Without the code points that no host has (WHATWG URL §3.1), and with a port or without. */
const HOST = /^(\[[\da-f:.]+\]|[^\0-\x20#%/:<>?@[\\\]^|\x7f]+)(:\d*)?$/i;

const MAX_PORT = 65_535;

export class LegacyURL {
  protocol: string;
  readonly pathname: string;
  search: string;
  private readonly user: string;
  private readonly host: string;
  private readonly hash: string;

  /** @param url relative ones are resolved by the document's base, whatever is given as base @throws TypeError it is none */
  constructor(url: string) {
    const link = document.createElement('a');
    link.href = url;
    const [, protocol = '', user = '', host = '', pathname = '', search = '', hash = ''] =
      PARTS.exec(link.href) ?? [];
    const port = defaultPort(protocol);
    const isInvalid = protocol === '' || (port !== undefined && !isHost(host, url));
    if (isInvalid) throw new TypeError('Invalid URL');
    this.protocol = protocol;
    this.user = user;
    this.host = port !== undefined && endsWith(host, port) ? host.slice(0, -port.length) : host;
    this.pathname = pathname === '' && port !== undefined ? '/' : pathname;
    // An empty query is none, an empty fragment is one: a WebSocket's URL must not have it.
    this.search = search;
    this.hash = hash;
  }

  get origin(): string {
    return defaultPort(this.protocol) === undefined ? 'null' : `${this.protocol}//${this.host}`;
  }

  get href(): string {
    const slashes = defaultPort(this.protocol) === undefined ? '' : '//';
    return this.protocol + slashes + this.user + this.host + this.pathname + this.search + this.hash;
  }
}

/** WHATWG URL §4.2, as far as a WebSocket may have them. With its colon, as the scheme has it; undefined for other schemes. */
function defaultPort(protocol: string): string | undefined {
  if (/^(ws|http):$/.test(protocol)) return ':80';
  return /^(ws|http)s:$/.test(protocol) ? ':443' : undefined;
}

/** @param url as it was written: some browsers mend a port that is too large */
function isHost(host: string, url: string): boolean {
  const [, port = '0'] = /^[a-z]+:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(url) ?? [];
  return HOST.test(host) && Number(port) <= MAX_PORT;
}

function endsWith(text: string, end: string): boolean {
  return text.slice(-end.length) === end;
}
