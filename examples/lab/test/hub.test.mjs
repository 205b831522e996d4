import { describe, expect, test } from 'vitest';
import { Hub } from '../server/hub.mjs';
import { Visitors } from '../server/visitors.mjs';
import { FakePage } from './fake-page.mjs';

const VISITOR = '0123456789abcdef';

function makeHub() {
  /** @type {unknown[][]} */
  const calls = [];
  const visitors = new Visitors();
  const hub = new Hub(visitors, [
    {
      topic: 'echo',
      join: ({ name }) => calls.push(['join', name]),
      receive: (visitor, type, body) => {
        calls.push(['receive', type, body]);
        visitor.send('echo', type, body);
      },
      receiveSlice: (_, upload, bytes) => calls.push(['slice', upload, [...bytes]]),
      leave: ({ name }) => calls.push(['leave', name]),
    },
  ]);
  return { hub, visitors, calls };
}

describe('The hub', () => {
  test('welcomes a page that says hello, and lets the demos greet it', () => {
    const { hub, calls } = makeHub();
    const page = new FakePage().connect(hub, VISITOR).hello('Grey Skua');
    expect(page.received).toEqual([
      { n: 1, topic: 'lab', type: 'welcome', body: { person: 1, isNew: true } },
    ]);
    expect(calls).toEqual([['join', 'Grey Skua']]);
  });

  test('hands text to the demo of its topic and slices to all that take them', () => {
    const { hub, calls } = makeHub();
    const page = new FakePage().connect(hub, VISITOR).hello();
    page.say('echo', 'shout', { text: 'ahoy' }).slice(9, Uint8Array.of(1, 2));
    expect(calls.slice(1)).toEqual([
      ['receive', 'shout', { text: 'ahoy' }],
      ['slice', 9, [1, 2]],
    ]);
    expect(page.received.at(-1)).toEqual({ n: 2, topic: 'echo', type: 'shout', body: { text: 'ahoy' } });
  });

  test('counts what comes, by its numbers', () => {
    const { hub, visitors } = makeHub();
    const page = new FakePage().connect(hub, VISITOR).hello();
    page
      .raw('{"n":4,"topic":"echo","type":"a","body":{}}')
      .raw('{"n":4,"topic":"echo","type":"a","body":{}}');
    expect(visitors.find(VISITOR)?.up.counts()).toEqual({ received: 2, lost: 2, repeated: 1, outOfOrder: 0 });
  });

  test('goes on counting when a page comes back with another session', () => {
    const { hub, visitors } = makeHub();
    new FakePage().connect(hub, VISITOR).hello().say('echo', 'a').close();
    const again = new FakePage().connect(hub, VISITOR, 5).hello();
    expect(again.received[0]).toEqual({
      n: 3,
      topic: 'lab',
      type: 'welcome',
      body: { person: 1, isNew: false },
    });
    expect(visitors.find(VISITOR)?.up.counts()).toEqual({ received: 3, lost: 3, repeated: 0, outOfOrder: 0 });
  });

  test('starts its count where a page it does not know already is', () => {
    const { hub, visitors } = makeHub();
    new FakePage().connect(hub, VISITOR, 500).hello();
    expect(visitors.find(VISITOR)?.up.counts()).toEqual({ received: 1, lost: 0, repeated: 0, outOfOrder: 0 });
  });

  test('begins both counts anew for a page that says so', () => {
    const { hub, visitors } = makeHub();
    new FakePage().connect(hub, VISITOR).hello().close();
    const again = new FakePage().connect(hub, VISITOR, 40);
    again.say('lab', 'hello', { name: 'Calm Tern', colour: 3, anew: true });
    expect(again.received[0]).toMatchObject({ n: 1, type: 'welcome', body: { isNew: true } });
    expect(visitors.find(VISITOR)?.up.counts()).toEqual({ received: 1, lost: 0, repeated: 0, outOfOrder: 0 });
  });

  test('ends the old session when the same page says hello in a new one', () => {
    const { hub, calls } = makeHub();
    const old = new FakePage().connect(hub, VISITOR).hello('Old');
    new FakePage().connect(hub, VISITOR, 1).hello('New');
    expect(old.wasTerminated).toBe(true);
    expect(calls).toEqual([
      ['join', 'Old'],
      ['leave', 'Old'],
      ['join', 'New'],
    ]);
  });

  test('tells the demos once that a page has left', () => {
    const { hub, calls } = makeHub();
    const page = new FakePage().connect(hub, VISITOR).hello();
    page.close();
    page.emit('close', 1006, '');
    expect(calls.filter(([call]) => call === 'leave')).toHaveLength(1);
  });

  test('turns away a page whose URL names no visitor', () => {
    const page = new FakePage().connect(makeHub().hub, 'nobody');
    expect(page.closed).toEqual({ code: 1008, reason: 'the URL names no visitor' });
  });

  test.each([
    ['{"n":1,"topic":"echo","type":"a","body":{}}', 1008, 'the first message is lab/hello'],
    [
      '{"n":1,"topic":"lab","type":"hello","body":{"name":"","colour":1}}',
      1008,
      'a name and a colour are needed',
    ],
    [
      '{"n":1,"topic":"lab","type":"hello","body":{"name":"A","colour":99}}',
      1008,
      'a name and a colour are needed',
    ],
    ['not JSON', 1007, 'a text message is JSON'],
  ])('closes a page that opens with %s', (text, code, reason) => {
    const page = new FakePage().connect(makeHub().hub, VISITOR).raw(text);
    expect(page.closed).toEqual({ code, reason });
  });

  test('closes a page that asks for a topic that is not there', () => {
    const page = new FakePage().connect(makeHub().hub, VISITOR).hello().say('weather', 'get');
    expect(page.closed).toEqual({ code: 1008, reason: 'there is no such topic' });
  });

  test('closes a page that sends more than anybody can draw or say', () => {
    const page = new FakePage().connect(makeHub().hub, VISITOR).hello();
    for (let i = 0; i < 20_000 && page.closed === undefined; i += 1) page.say('echo', 'a');
    expect(page.closed).toEqual({ code: 1008, reason: 'too many messages' });
  });
});
