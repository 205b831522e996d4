import { describe, expect, it } from 'vitest';
import { Checker } from '../pages/checker.mjs';
import { Messages } from '../pages/messages.mjs';

const messages = new Messages(1, 'p0-up');
/** The first number from which five messages in a row say what they are. */
const FIVE = [...Array(40).keys()].find((number) =>
  [0, 1, 2, 3, 4].every((offset) => messages.at(number + offset).length > 0),
);
const start = /** @type {number} */ (FIVE);

/** @param {readonly (number | string | Uint8Array)[]} arrivals numbers from `start`, or other messages */
function tallyOf(arrivals) {
  const checker = new Checker(messages);
  for (let number = 0; number < start; number++) checker.accept(messages.at(number));
  for (const arrival of arrivals) {
    checker.accept(typeof arrival === 'number' ? messages.at(start + arrival) : arrival);
  }
  const { due, missing, repeated, outOfOrder, corrupted, firstMistake } = checker.tally();
  return { due: due - start, missing, repeated, outOfOrder, corrupted, mistakeAt: firstMistake?.due };
}

const FLAWLESS = { due: 5, missing: 0, repeated: 0, outOfOrder: 0, corrupted: 0, mistakeAt: undefined };

describe('a checker', () => {
  it('finds nothing where each comes once, in order', () => {
    expect(tallyOf([0, 1, 2, 3, 4])).toEqual(FLAWLESS);
  });

  it('counts what is passed over as missing, and names the number that was due', () => {
    expect(tallyOf([0, 3, 4])).toEqual({ ...FLAWLESS, missing: 2, mistakeAt: start + 1 });
  });

  it('counts what comes late as out of order, and as missing no more', () => {
    expect(tallyOf([0, 2, 1, 3, 4])).toEqual({ ...FLAWLESS, outOfOrder: 1, mistakeAt: start + 1 });
  });

  it('counts what comes again as repeated', () => {
    expect(tallyOf([0, 1, 1, 2, 0, 3, 4])).toEqual({ ...FLAWLESS, repeated: 2, mistakeAt: start + 2 });
  });

  it('counts what was changed as corrupted, and as come', () => {
    const message = messages.at(start + 1);
    const changed = typeof message === 'string' ? `${message}!` : Uint8Array.of(...message, 0);
    expect(tallyOf([0, changed, 2, 3, 4])).toEqual({ ...FLAWLESS, corrupted: 1, mistakeAt: start + 1 });
  });

  it("counts another session's and nobody's messages as corrupted, and waits for the one that is due", () => {
    const another = new Messages(1, 'p1-up').at(start);
    expect(tallyOf([0, another, 'nobody', 1, 2, 3, 4])).toEqual({
      ...FLAWLESS,
      corrupted: 2,
      mistakeAt: start + 1,
    });
  });
});
