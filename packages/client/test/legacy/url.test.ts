import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LegacyURL } from '../../src/legacy/url.ts';

/** Resolves as old browsers do: what they cannot, they leave as it is. */
class SimulatedLink {
  private url = '';

  get href(): string {
    return this.url;
  }

  set href(url: string) {
    this.url = URL.canParse(url, 'https://example.com/app/')
      ? new URL(url, 'https://example.com/app/').href
      : url;
  }
}

beforeEach(() => vi.stubGlobal('document', { createElement: () => new SimulatedLink() }));
afterEach(() => vi.unstubAllGlobals());

describe('a URL of an engine that has none', () => {
  it.each([
    ['/chat?a=b', 'https://example.com/chat?a=b', 'https://example.com', '/chat', '?a=b'],
    ['chat', 'https://example.com/app/chat', 'https://example.com', '/app/chat', ''],
    ['ws://h:8080/x?y#', 'ws://h:8080/x?y#', 'ws://h:8080', '/x', '?y'],
    ['wss://u:p@h:443', 'wss://u:p@h/', 'wss://h', '/', ''],
    ['ws://[::1]:3/', 'ws://[::1]:3/', 'ws://[::1]:3', '/', ''],
    ['mailto:x', 'mailto:x', 'null', 'x', ''],
  ])('takes %s apart', (url, href, origin, pathname, search) => {
    expect(new LegacyURL(url)).toMatchObject({ href, origin, pathname, search });
  });

  it('can have another scheme, and another query', () => {
    const url = new LegacyURL('http://h/x');
    url.protocol = 'ws:';
    url.search += '?a=b';
    expect([url.href, url.origin]).toEqual(['ws://h/x?a=b', 'ws://h']);
  });

  it.each(['ws://', 'http://a b/', 'ws://h:65536/', 'ws://h:x/', 'http://a%b/'])('throws for %s', (url) => {
    expect(() => new LegacyURL(url)).toThrow(TypeError);
  });
});
