import { describe, expect, it } from 'vitest';
import { identify, isSame, Messages } from '../pages/messages.mjs';

const messages = new Messages(7, 'p0-up');
const first = Array.from({ length: 5000 }, (_, number) => messages.at(number));

/** @param {string | Uint8Array} message */
const bytes = (message) => (typeof message === 'string' ? Buffer.byteLength(message) : message.length);

describe('messages', () => {
  it('are the same each time they are asked for, and different for each number, name and seed', () => {
    expect(isSame(messages.at(51), new Messages(7, 'p0-up').at(51))).toBe(true);
    const named = first.filter((message) => message.length > 0).map((message) => identify(message)?.number);
    expect(new Set(named).size).toBe(named.length);
    expect(isSame(messages.at(51), new Messages(8, 'p0-up').at(51))).toBe(false);
    expect(identify(new Messages(7, 'p0-down').at(51))?.name).toBe('p0-down');
  });

  it('are text and binary, empty, short, of several fragments, and of several MiB', () => {
    const texts = first.filter((message) => typeof message === 'string');
    expect(texts.length).toBeGreaterThan(2000);
    expect(texts.length).toBeLessThan(3000);
    expect(first.filter((message) => message.length === 0).length).toBeGreaterThan(50);
    expect(first.filter((message) => bytes(message) > 32_768 && bytes(message) < 1e6).length).toBeGreaterThan(
      1,
    );
    expect(first.filter((message) => bytes(message) >= 1e6)).toHaveLength(1);
  });

  it('begin with what the wire uses itself, often enough', () => {
    const texts = first.filter((message) => typeof message === 'string');
    for (const beginning of ['~', '~~', '~more ', '~ack 9 ', '~close 1000 ']) {
      expect(texts.filter((text) => text.startsWith(`${beginning}p0-up`)).length).toBeGreaterThan(50);
    }
  });

  it('hold no half of a character: the WebSocket would change it', () => {
    for (const message of first) {
      if (typeof message === 'string') expect(Buffer.from(message).toString() === message).toBe(true);
    }
  });

  it('say what they are, unless they are empty', () => {
    for (const [number, message] of first.entries()) {
      expect(identify(message)).toEqual(message.length === 0 ? undefined : { name: 'p0-up', number });
    }
  });
});

describe('isSame', () => {
  it('tells text from binary, and finds one changed byte', () => {
    expect(isSame('a', 'a')).toBe(true);
    expect(isSame('a', Uint8Array.of(0x61))).toBe(false);
    expect(isSame('', new Uint8Array(0))).toBe(false);
    expect(isSame(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(isSame(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(isSame(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false);
  });
});
