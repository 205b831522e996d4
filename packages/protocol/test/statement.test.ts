import { describe, expect, it } from 'vitest';
import {
  type Attach,
  formatHttpAttach,
  formatToken,
  type HttpAttach,
  PROTOCOL_VERSION,
  parseAttached,
  parseHttpAttach,
  parseReattach,
  parseToken,
  SESSION_PARAMETER,
  TOKEN_PREFIX,
} from '../src/statement.ts';

const SESSION = 'Session_id-012345';
const SECRET = 'secret_secret-secret01';
const ATTACH: Attach = { session: SESSION, secret: SECRET, attach: 3, received: 17 };
const HTTP_ATTACH: HttpAttach = { ...ATTACH, answer: 'hold', holdMs: 25_000, protocols: ['chat', 'v2.chat'] };

const REFUSED = expect.objectContaining({
  name: 'ProtocolError',
  code: 'HOLDFAST_ERR_WIRE',
  closeCode: 1002,
});

/** Values that are no count. */
const NO_COUNTS = [undefined, -1, 1.5, '1', true, [], {}, Number.MAX_SAFE_INTEGER + 1];
/** Not 16 to 64 characters of `A-Z a-z 0-9 - _`. */
const NO_SESSIONS = [undefined, null, 1, '', 'x'.repeat(15), 'x'.repeat(65), `${'x'.repeat(16)}\n`];
/** Not 22 to 64 of the same. */
const NO_SECRETS = [
  undefined,
  null,
  1,
  '',
  'x'.repeat(21),
  'x'.repeat(65),
  `${'x'.repeat(22)}=`,
  'é'.repeat(22),
];

const TEXTS_THAT_ARE_NO_OBJECT = ['', '{', 'null', '1', '"x"', '[]', '{"attach":1', `{}\n{}`];

describe('the names on the wire', () => {
  it('are those of PROTOCOL.md', () => {
    expect([TOKEN_PREFIX, SESSION_PARAMETER, PROTOCOL_VERSION]).toEqual(['holdfast.v1.', 'holdfast', 1]);
  });
});

describe('the subprotocol token', () => {
  it('says the statement with dots between', () => {
    expect(formatToken(ATTACH)).toBe(`holdfast.v1.${SESSION}.${SECRET}.3.17`);
    expect(formatToken({ ...ATTACH, attach: 1, received: null })).toBe(
      `holdfast.v1.${SESSION}.${SECRET}.1.new`,
    );
  });

  it('is an HTTP token, as a subprotocol must be', () => {
    expect(formatToken(ATTACH)).toMatch(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
  });

  it.each([ATTACH, { ...ATTACH, received: null }, { ...ATTACH, attach: 0, received: 0 }])(
    'reads back %j',
    (attach) => {
      expect(parseToken(formatToken(attach))).toEqual(attach);
    },
  );

  it('takes ids of 16 and 64 and secrets of 22 and 64 characters', () => {
    for (const [session, secret] of [
      ['x'.repeat(16), 'y'.repeat(22)],
      ['x'.repeat(64), 'y'.repeat(64)],
    ] as const) {
      expect(parseToken(formatToken({ ...ATTACH, session, secret }))).toMatchObject({ session, secret });
    }
  });

  it.each([
    '',
    SESSION,
    `${SESSION}.${SECRET}`,
    `${SESSION}.${SECRET}.1`,
    `${SESSION}.${SECRET}.1.0.0`,
    `${SESSION}.${SECRET}..0`,
    `${SESSION}.${SECRET}.1.`,
    `${SESSION}.${SECRET}.1.null`,
    `${SESSION}.${SECRET}.1.NEW`,
    `${SESSION}.${SECRET}.new.0`,
    `${SESSION}.${SECRET}.-1.0`,
    `${SESSION}.${SECRET}.1.-1`,
    `${SESSION}.${SECRET}.1e1.0`,
    `short.${SECRET}.1.0`,
    `${SESSION}.short.1.0`,
    `${SESSION}+.${SECRET}.1.0`,
  ])('refuses %j after the prefix', (rest) => {
    expect(() => parseToken(TOKEN_PREFIX + rest)).toThrow(REFUSED);
  });
});

describe('the statement of an HTTP request', () => {
  it('is JSON that says the version', () => {
    expect(JSON.parse(formatHttpAttach(HTTP_ATTACH))).toEqual({ version: 1, ...HTTP_ATTACH });
  });

  it.each([
    HTTP_ATTACH,
    { ...ATTACH, received: null, answer: 'now' },
    { ...ATTACH, attach: 0, answer: 'stream', holdMs: 0, protocols: [] },
  ] satisfies HttpAttach[])('reads back %j', (attach) => {
    expect(parseHttpAttach(formatHttpAttach(attach))).toEqual(attach);
  });

  it('is read without fields of a later version', () => {
    const later = JSON.stringify({ version: 1, ...HTTP_ATTACH, colour: 'blue' });
    expect(parseHttpAttach(later)).toEqual(HTTP_ATTACH);
  });

  it.each([
    ...NO_SESSIONS.map((session) => ({ session })),
    ...NO_SECRETS.map((secret) => ({ secret })),
    ...[...NO_COUNTS, null].map((attach) => ({ attach })),
    ...NO_COUNTS.map((received) => ({ received })),
    ...[undefined, null, 0, 2, '1'].map((version) => ({ version })),
    ...[undefined, null, '', 'Now', 'later', 1, ['now']].map((answer) => ({ answer })),
    ...[null, -1, 0.5, '1000'].map((holdMs) => ({ holdMs })),
    ...[null, 'chat', {}, [1], ['chat', null], [['chat']], [''], ['a b'], ['a,b'], ['é'], ['a\n']].map(
      (protocols) => ({ protocols }),
    ),
  ])('refuses %j', (fields) => {
    expect(() => parseHttpAttach(JSON.stringify({ version: 1, ...HTTP_ATTACH, ...fields }))).toThrow(REFUSED);
  });

  it.each(TEXTS_THAT_ARE_NO_OBJECT)('refuses %j', (text) => {
    expect(() => parseHttpAttach(text)).toThrow(REFUSED);
  });

  it('keeps what JSON.parse said as the cause', () => {
    expect(() => parseHttpAttach('{')).toThrow(expect.objectContaining({ cause: expect.any(SyntaxError) }));
  });
});

describe('a later attach on the same WebSocket', () => {
  it('says number and count alone', () => {
    expect(parseReattach('{"attach":4,"received":17}')).toEqual({ attach: 4, received: 17 });
    expect(parseReattach('{"attach":4,"received":null,"secret":"x"}')).toEqual({ attach: 4, received: null });
  });

  it.each([
    ...[...NO_COUNTS, null].map((attach) => ({ attach, received: 17 })),
    ...NO_COUNTS.map((received) => ({ attach: 4, received })),
  ])('refuses %j', (fields) => {
    expect(() => parseReattach(JSON.stringify(fields))).toThrow(REFUSED);
  });

  it.each(TEXTS_THAT_ARE_NO_OBJECT)('refuses %j', (text) => {
    expect(() => parseReattach(text)).toThrow(REFUSED);
  });
});

describe('the answer to an attach', () => {
  const WELCOME = { protocol: 'chat', expiryMs: 30_000, keepaliveMs: 25_000, maxBodyBytes: 524_288 };

  it('says number and count, and the rest to a client that is new', () => {
    expect(parseAttached('{"attach":4,"received":17}')).toEqual({ attach: 4, received: 17 });
    const welcome = { attach: 1, received: 0, ...WELCOME };
    expect(parseAttached(JSON.stringify(welcome))).toEqual(welcome);
    const paused = { attach: 1, received: 0, paused: true };
    expect(parseAttached(JSON.stringify(paused))).toEqual(paused);
  });

  it.each([
    ...[...NO_COUNTS, null].map((attach) => ({ attach })),
    ...[...NO_COUNTS, null].map((received) => ({ received })),
    ...[null, 1, ['chat']].map((protocol) => ({ protocol })),
    ...[null, 1, 'true'].map((paused) => ({ paused })),
    ...['expiryMs', 'keepaliveMs', 'maxBodyBytes'].flatMap((name) =>
      [null, -1, 0.5, '1000'].map((value) => ({ [name]: value })),
    ),
  ])('is refused with %j', (fields) => {
    expect(() => parseAttached(JSON.stringify({ attach: 1, received: 0, ...WELCOME, ...fields }))).toThrow(
      REFUSED,
    );
  });

  it.each(TEXTS_THAT_ARE_NO_OBJECT)('is refused as %j', (text) => {
    expect(() => parseAttached(text)).toThrow(REFUSED);
  });
});
