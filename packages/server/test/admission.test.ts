import type { IncomingMessage } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { Admission } from '../src/admission.ts';
import type { ServerOptions, VerifyClient } from '../src/server-options.ts';

function request(origin?: string, encrypted = false): IncomingMessage {
  const headers = { host: 'app.example', ...(origin !== undefined && { origin }) };
  return { headers, socket: encrypted ? { encrypted } : {} } as unknown as IncomingMessage;
}

function admission(options: ServerOptions = {}, shouldHandle: boolean | Promise<boolean> = true): Admission {
  return new Admission(options, () => shouldHandle);
}

describe('Admission', () => {
  it('lets everyone in who asks for the right path, at once', () => {
    expect(admission().authorize(request())).toBeUndefined();
  });

  it('refuses another path with 404, before anything else is asked', () => {
    const verifyClient = vi.fn<VerifyClient>(() => true);
    const verdict = admission({ verifyClient }, false).admit(request('https://evil.example'));
    expect(verdict).toMatchObject({ status: 404 });
    expect(verifyClient).not.toHaveBeenCalled();
  });

  it('refuses a foreign Origin with 403, before the application is asked', () => {
    const verifyClient = vi.fn<VerifyClient>(() => true);
    const verdict = admission({ verifyClient }).authorize(request('https://evil.example'));
    expect(verdict).toMatchObject({ status: 403, reason: expect.stringContaining('evil.example') });
    expect(verifyClient).not.toHaveBeenCalled();
  });

  it('tells about the Origin alone where that is all that is asked', () => {
    const verifyClient = vi.fn<VerifyClient>(() => false);
    const strict = admission({ verifyClient, origins: ['https://ok.example'] }, false);
    expect(strict.refuseOrigin(request('https://ok.example'))).toBeUndefined();
    expect(strict.refuseOrigin(request('https://evil.example'))).toMatchObject({ status: 403 });
  });

  it('throws for an entry of origins that is none', () => {
    expect(() => admission({ origins: 'app.example' })).toThrow(TypeError);
  });

  it('waits for a shouldHandle that promises, and then asks the rest', async () => {
    const verifyClient = vi.fn<VerifyClient>((_info) => true);
    const later = admission({ verifyClient }, Promise.resolve(true));
    await expect(later.admit(request())).resolves.toBeUndefined();
    expect(verifyClient).toHaveBeenCalledOnce();
    await expect(later.admit(request('https://evil.example'))).resolves.toMatchObject({ status: 403 });
    const never = admission({ verifyClient }, Promise.resolve(false));
    await expect(never.admit(request())).resolves.toMatchObject({ status: 404 });
    await expect(never.refusePath(request())).resolves.toMatchObject({ status: 404 });
    expect(verifyClient).toHaveBeenCalledOnce();
  });

  it('does not wait for shouldHandle longer than handshakeTimeoutMs', async () => {
    const slow = admission({ handshakeTimeoutMs: 5 }, new Promise(() => {}));
    await expect(slow.admit(request())).resolves.toMatchObject({ status: 503 });
  });
});

describe('verifyClient', () => {
  it.each([false, true])('is told the origin, the request, and whether it is secure: %j', (secure) => {
    const verifyClient = vi.fn<VerifyClient>((_info) => true);
    const asked = request('https://app.example', secure);
    admission({ verifyClient }).authorize(asked);
    expect(verifyClient.mock.calls[0]?.[0]).toEqual({ origin: 'https://app.example', secure, req: asked });
  });

  it('decides by its value, at once', () => {
    expect(admission({ verifyClient: (_info) => true }).authorize(request())).toBeUndefined();
    expect(admission({ verifyClient: (_info) => false }).authorize(request())).toEqual({
      status: 401,
      reason: 'Unauthorized',
      headers: {},
    });
  });

  it('decides by a promise, which is no yes by itself', async () => {
    const no = admission({ verifyClient: (_info) => Promise.resolve(false) });
    await expect(no.authorize(request())).resolves.toMatchObject({ status: 401 });
  });

  it('decides by its callback, at once where it is called at once', () => {
    const verifyClient: VerifyClient = (_info, callback) => {
      callback(false, 429, 'Slow down', { 'Retry-After': 120 });
      callback(true);
    };
    expect(admission({ verifyClient }).authorize(request())).toEqual({
      status: 429,
      reason: 'Slow down',
      headers: { 'Retry-After': '120' },
    });
  });

  it('may not end the head of the answer with a line break in a header', () => {
    const verifyClient: VerifyClient = (_info, callback) =>
      callback(false, 403, 'No', { 'X-Reason': 'a\r\nSet-Cookie: b' });
    expect(() => admission({ verifyClient }).authorize(request())).toThrow(TypeError);
  });

  it('decides by its callback later', async () => {
    const verifyClient: VerifyClient = (_info, callback) => void setImmediate(callback, false, 403);
    await expect(admission({ verifyClient }).authorize(request())).resolves.toMatchObject({
      status: 403,
      reason: 'Forbidden',
    });
  });

  it('is not waited for without bound', async () => {
    const verifyClient: VerifyClient = (_info, _callback) => {};
    const slow = admission({ verifyClient, handshakeTimeoutMs: 5 });
    await expect(slow.authorize(request())).resolves.toMatchObject({ status: 503 });
  });

  it('says no by anything but true', () => {
    const verifyClient = ((_info: unknown) => 'yes') as unknown as VerifyClient;
    expect(admission({ verifyClient }).authorize(request())).toMatchObject({ status: 401 });
  });

  it('lets its own errors out', async () => {
    const throws = admission({
      verifyClient: (_info) => {
        throw new Error('bug');
      },
    });
    expect(() => throws.authorize(request())).toThrow('bug');
    const rejects = admission({ verifyClient: (_info) => Promise.reject(new Error('bug')) });
    await expect(rejects.authorize(request())).rejects.toThrow('bug');
  });
});
