import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CABLE_OUT_MS, FaultDesk } from '../server/fault-desk.mjs';
import { ALL_PASS, pulledCableRule, rulesFor } from '../server/fault-switches.mjs';

const VISITOR = '0123456789abcdef';
const REFUSED = { ...ALL_PASS, upgrade: /** @type {const} */ ('refuse') };
const MINUTE_MS = 60_000;

/** @type {Map<string, unknown[]>} */
let groups;
/** @type {unknown[]} */
let cuts;
/** @type {FaultDesk} */
let desk;
let isPresent = false;

beforeEach(() => {
  vi.useFakeTimers();
  groups = new Map();
  cuts = [];
  isPresent = false;
  const proxy = {
    set(/** @type {unknown[]} */ rules, /** @type {{ group: string }} */ { group }) {
      groups.set(group, rules);
      return Promise.resolve();
    },
    cut(/** @type {unknown} */ options) {
      return Promise.resolve(cuts.push(options));
    },
  };
  desk = new FaultDesk(/** @type {any} a proxy's other verbs are not used */ (proxy), () => isPresent);
});

afterEach(() => {
  desk.close();
  vi.useRealTimers();
});

describe('The fault desk', () => {
  test('keeps each visitor to a group of rules of its own', async () => {
    await desk.set(VISITOR, REFUSED);
    expect(groups.get(VISITOR)).toEqual(rulesFor(VISITOR, REFUSED));
  });

  test('cuts the visitor alone when the network gets worse, and not when it gets better', async () => {
    await desk.set(VISITOR, REFUSED);
    expect(cuts).toEqual([{ match: { query: { visitor: VISITOR } } }]);
    await desk.set(VISITOR, ALL_PASS);
    expect(cuts).toHaveLength(1);
    expect(groups.get(VISITOR)).toEqual([]);
  });

  test('puts a pulled cable back, and leaves the switches as they are', async () => {
    await desk.set(VISITOR, REFUSED);
    await desk.pullCable(VISITOR);
    expect(groups.get(VISITOR)).toEqual([pulledCableRule(VISITOR), ...rulesFor(VISITOR, REFUSED)]);
    await vi.advanceTimersByTimeAsync(CABLE_OUT_MS - 1);
    expect(groups.get(VISITOR)).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(groups.get(VISITOR)).toEqual(rulesFor(VISITOR, REFUSED));
  });

  test('drops the rules of a visitor who has been gone for a while', async () => {
    await desk.set(VISITOR, REFUSED);
    await vi.advanceTimersByTimeAsync(4 * MINUTE_MS);
    expect(groups.get(VISITOR)).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(groups.get(VISITOR)).toEqual([]);
  });

  test('keeps the rules of a visitor who is here, however long', async () => {
    isPresent = true;
    await desk.set(VISITOR, REFUSED);
    await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect(groups.get(VISITOR)).toHaveLength(1);
  });

  test('has room for a bounded number of visitors', async () => {
    const id = (/** @type {number} */ i) => i.toString(16).padStart(16, '0');
    let taken = 0;
    while (taken < 10_000 && (await desk.set(id(taken), ALL_PASS))) taken += 1;
    expect(taken).toBe(500);
    expect(await desk.pullCable(id(taken))).toBe(false);
    expect(await desk.set(id(0), REFUSED)).toBe(true);
  });
});
