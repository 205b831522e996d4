/**
 * Numbers that applications choose, checked where they are given: a wrong one would be noticed late, as a connection that
 * ends too early or a limit that holds nothing. Undefined and null stand for the default.
 */

type Given = number | null | undefined;

/** The longest time a timer of Node takes, in ms; a longer one would be over at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * A limit: of bytes, of messages, of anything that is counted. `Infinity` for none.
 *
 * @throws TypeError no number
 * @throws RangeError less than `least`, or NaN
 */
export function checkLimit(name: string, value: Given, least = 0): void {
  if (isNotGiven(name, value)) return;
  if (!(value >= least)) throw new RangeError(`The option "${name}" must be at least ${least}, not ${value}`);
}

/**
 * A time in ms.
 *
 * @throws TypeError no number
 * @throws RangeError less than `least`, NaN, or more than a timer takes
 */
export function checkDuration(name: string, value: Given, least = 1): void {
  if (isNotGiven(name, value)) return;
  if (!(value >= least && value <= MAX_TIMER_MS)) {
    throw new RangeError(`The option "${name}" must be from ${least} to ${MAX_TIMER_MS} ms, not ${value}`);
  }
}

/**
 * A number that clients are told: they take whole ones alone.
 *
 * @throws RangeError no whole number
 */
export function checkWhole(name: string, value: Given): void {
  if (isNotGiven(name, value) || Number.isSafeInteger(value)) return;
  throw new RangeError(`The option "${name}" must be a whole number, not ${value}`);
}

function isNotGiven(name: string, value: unknown): value is null | undefined {
  if (value === undefined || value === null) return true;
  if (typeof value === 'number') return false;
  throw new TypeError(`The option "${name}" must be a number, not ${String(value)}`);
}
