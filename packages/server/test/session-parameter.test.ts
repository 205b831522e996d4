import { describe, expect, it } from 'vitest';
import type { ServerRequest } from '../src/server-request.ts';
import { sessionParameter } from '../src/session-parameter.ts';

const parameterOf = (url?: string): string | null => sessionParameter({ url } as ServerRequest);

describe('the session in a URL', () => {
  it.each([
    ['/?holdfast=abc-_9', 'abc-_9'],
    ['/chat?room=1&holdfast=abc', 'abc'],
    ['/chat?holdfast=abc&room=1', 'abc'],
    ['/chat?a=holdfast=x&holdfast=abc', 'abc'],
    ['/chat?holdfast=first&holdfast=second', 'first'],
    ['/chat?holdfast=', ''],
    ['http://example.com/chat?holdfast=abc', 'abc'],
  ])('of %s is %j', (url, session) => {
    expect(parameterOf(url)).toBe(session);
  });

  it.each([
    '/',
    '/holdfast=abc',
    '/chat?',
    '/chat?xholdfast=abc',
    '/chat?a=?holdfast=abc',
    '/chat?holdfast',
    undefined,
  ])('is not in %s', (url) => {
    expect(parameterOf(url)).toBeNull();
  });
});
