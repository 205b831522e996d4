import { describe, expect, it } from 'vitest';
import { answerBytes, captivePortal, plain, refusal, switchingProtocols } from '../src/answers.mjs';

describe('the proxy`s own answers', () => {
  it('say the status in words where no body is given', () => {
    expect(plain(413)).toMatchObject({ status: 413, body: 'Payload Too Large\n' });
    expect(plain(204).body).toBe('');
    expect(plain(500, 'why').body).toBe('why');
  });

  it('are never cached, and know their length in bytes', () => {
    expect(captivePortal({ type: 'captive', body: '<p>ä' }).headers).toEqual([
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Length', '5'],
      ['Cache-Control', 'no-store'],
    ]);
  });

  it('carry Retry-After only when asked to', () => {
    const fault = /** @type {const} */ ({ type: 'refuse', status: 429, body: '' });
    expect(refusal({ ...fault, retryAfterS: 3 }).headers).toContainEqual(['Retry-After', '3']);
    expect(refusal({ ...fault, retryAfterS: 0 }).headers.map(([name]) => name)).not.toContain('Retry-After');
  });

  it('end the connection when they go out as bytes', () => {
    expect(String(answerBytes(plain(502)))).toMatch(
      /^HTTP\/1\.1 502 Bad Gateway\r\n.*Connection: close\r\n\r\nBad Gateway\n$/s,
    );
  });

  it('accept a handshake as RFC 6455 §1.3 has it, without a subprotocol when none is offered', () => {
    const bytes = String(switchingProtocols({ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }));
    expect(bytes).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
    expect(bytes).not.toContain('Sec-WebSocket-Protocol');
  });
});
