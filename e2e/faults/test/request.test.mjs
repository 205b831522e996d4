import { expect, describe as group, it } from 'vitest';
import { describe, matches } from '../src/request.mjs';

/** @param {string} method @param {string} url @param {Record<string, string>} [headers] */
const kind = (method, url, headers = {}) => describe({ method, url, headers }).kind;

group('describe', () => {
  it('calls a handshake with `Upgrade: WebSocket` an upgrade, in any case of letters', () => {
    expect(kind('GET', '/', { upgrade: 'WebSocket' })).toBe('upgrade');
  });

  it('calls an upgrade to another protocol plain http', () => {
    expect(kind('GET', '/', { upgrade: 'h2c' })).toBe('http');
  });

  it('calls a POST with the parameter `holdfast` a fetch', () => {
    expect(kind('POST', '/chat?a=1&holdfast=x', { 'content-type': 'text/plain' })).toBe('fetch');
    expect(kind('POST', '/chat?holdfast')).toBe('fetch');
  });

  it.each([
    { 'sec-fetch-dest': 'iframe' },
    { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
    { 'content-type': 'multipart/form-data; boundary=x' },
  ])('calls it a form with %j', (headers) => {
    expect(kind('POST', '/chat?holdfast=x', headers)).toBe('form');
  });

  it('calls a page load, and a GET with the parameter, plain http', () => {
    expect(kind('GET', '/')).toBe('http');
    expect(kind('GET', '/chat?holdfast=x')).toBe('http');
    expect(kind('POST', '/chat')).toBe('http');
  });

  it('takes the path apart from the query, also where the path begins with two slashes', () => {
    const { path, query } = describe({ method: 'GET', url: '//a/b?c=d?e', headers: {} });
    expect(path).toBe('//a/b');
    expect(query.get('c')).toBe('d?e');
  });
});

group('matches', () => {
  const request = describe({ method: 'POST', url: '/lab/chat?holdfast=1&visitor=a&visitor=b', headers: {} });

  it('demands nothing when nothing is named', () => {
    expect(matches({}, request)).toBe(true);
  });

  it('takes one kind or any of several', () => {
    expect(matches({ kind: 'fetch' }, request)).toBe(true);
    expect(matches({ kind: ['upgrade', 'fetch'] }, request)).toBe(true);
    expect(matches({ kind: ['upgrade', 'form'] }, request)).toBe(false);
  });

  it('takes a whole path, or the beginning of one', () => {
    expect(matches({ path: '/lab/chat' }, request)).toBe(true);
    expect(matches({ path: '/lab' }, request)).toBe(false);
    expect(matches({ path: '/lab/*' }, request)).toBe(true);
    expect(matches({ path: '/other*' }, request)).toBe(false);
  });

  it('compares query parameters by value, or only asks for them', () => {
    expect(matches({ query: { visitor: 'b' } }, request)).toBe(true);
    expect(matches({ query: { visitor: 'c' } }, request)).toBe(false);
    expect(matches({ query: { visitor: true, holdfast: '1' } }, request)).toBe(true);
    expect(matches({ query: { absent: true } }, request)).toBe(false);
  });

  it('demands all that is named', () => {
    expect(matches({ kind: 'fetch', path: '/lab/chat', query: { visitor: 'z' } }, request)).toBe(false);
  });
});
