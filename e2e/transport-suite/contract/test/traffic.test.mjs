/** Which traffic proves which transport. */
import { expect, test } from 'vitest';
import { trafficMistake } from '../traffic.mjs';

const holdfast = /** @type {const} */ ('holdfast');

test.each([
  ['websocket', ['http', 'upgrade', 'fetch']],
  ['long-polling', ['http', 'upgrade', 'fetch']],
  ['iframe', ['http', 'form']],
])('%s is proved by %o', (transport, kinds) => {
  expect(trafficMistake({ transport, server: holdfast }, new Set(kinds))).toBeUndefined();
});

test.each([
  ['websocket', ['http', 'fetch'], 'There was no upgrade'],
  ['long-polling', ['http', 'upgrade'], 'There was no fetch'],
  ['iframe', ['http'], 'There was no form'],
  ['iframe', ['http', 'form', 'fetch'], 'of kind fetch'],
  ['iframe', ['http', 'form', 'upgrade'], 'of kind upgrade'],
])('%s is not proved by %o', (transport, kinds, mistake) => {
  expect(trafficMistake({ transport, server: holdfast }, new Set(kinds))).toContain(mistake);
});

test('a foreign server has upgrades that are none of a session, or none where no clause opens', () => {
  expect(trafficMistake({ transport: 'websocket', server: 'foreign' }, new Set(['http']))).toBeUndefined();
});
