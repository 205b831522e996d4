import { beforeEach, describe, expect, test } from 'vitest';
import { CHAT_HISTORY, MAX_CHAT_LENGTH } from '../public/shared/limits.js';
import { createChat } from '../server/chat.mjs';
import { Hub } from '../server/hub.mjs';
import { Visitors } from '../server/visitors.mjs';
import { FakePage } from './fake-page.mjs';

/** @type {Hub} */
let hub;

beforeEach(() => {
  const visitors = new Visitors();
  hub = new Hub(visitors, [createChat(visitors)]);
});

/** @param {number} number */
const join = (number) =>
  new FakePage().connect(hub, String(number).padStart(16, '0')).hello(`Page ${number}`, number);

describe('The chat room', () => {
  test('lets everybody hear what one says, and tells the writer which draft it was', () => {
    const [writer, listener] = [join(1), join(2)];
    writer.say('chat', 'say', { text: ' ahoy ', draft: 7 });
    expect(writer.bodies('chat', 'line')).toMatchObject([
      { line: { person: 1, name: 'Page 1', text: 'ahoy' }, draft: 7 },
    ]);
    expect(listener.bodies('chat', 'line')).toMatchObject([
      { line: { person: 1, name: 'Page 1', text: 'ahoy' } },
    ]);
    expect(listener.bodies('chat', 'line')[0]).not.toHaveProperty('draft');
  });

  test('tells a late comer the last messages, oldest first, and no more of them', () => {
    const writer = join(1);
    for (let i = 1; i <= CHAT_HISTORY + 3; i += 1) writer.say('chat', 'say', { text: `line ${i}` });
    const [{ lines } = { lines: [] }] = join(2).bodies('chat', 'history');
    const texts = /** @type {{ text: string }[]} */ (lines).map(({ text }) => text);
    expect(texts).toHaveLength(CHAT_HISTORY);
    expect([texts[0], texts.at(-1)]).toEqual(['line 4', `line ${CHAT_HISTORY + 3}`]);
  });

  test('cuts what is too long and ignores what says nothing', () => {
    const writer = join(1);
    writer.say('chat', 'say', { text: 'x'.repeat(MAX_CHAT_LENGTH + 1) });
    writer
      .say('chat', 'say', { text: '   ' })
      .say('chat', 'say', { text: 7 })
      .say('chat', 'sing', { text: 'la' });
    const lines = writer
      .bodies('chat', 'line')
      .map(({ line }) => /** @type {{ text: string }} */ (line).text.length);
    expect(lines).toEqual([MAX_CHAT_LENGTH]);
  });
});
