/** How a clause says what must hold. What does not is an error that shows both sides. It runs in the page. */

/**
 * @param {unknown} actual
 * @param {unknown} expected the same value
 * @param {string} [what]
 */
export function is(actual, expected, what = 'it') {
  if (!Object.is(actual, expected)) fail(`${what} is ${show(actual)}, not ${show(expected)}`);
}

/**
 * @param {unknown} actual
 * @param {unknown} expected the same structure
 * @param {string} [what]
 */
export function equals(actual, expected, what = 'it') {
  if (show(actual) !== show(expected)) fail(`${what} is ${show(actual)}, not ${show(expected)}`);
}

/**
 * @param {unknown} condition
 * @param {string} what must hold
 */
export function holds(condition, what) {
  if (!condition) fail(`it does not hold that ${what}`);
}

/** @param {() => unknown} act */
export function throwsTypeError(act) {
  const error = thrownBy(act);
  if (!(error instanceof TypeError)) fail(`it throws ${show(error)}, not a TypeError`);
}

/**
 * @param {keyof typeof CODES} name of a DOMException of this realm
 * @param {() => unknown} act
 */
export function throwsDomException(name, act) {
  const error = thrownBy(act);
  if (!(error instanceof DOMException)) fail(`it throws ${show(error)}, not a DOMException`);
  is(error.name, name, 'the name');
  is(error.code, CODES[name], 'the code');
}

/** The legacy codes of DOMExceptions (WebIDL §2.8.1). */
const CODES = { InvalidStateError: 11, SyntaxError: 12, InvalidAccessError: 15 };

/**
 * @param {unknown} expected the very same
 * @param {() => unknown} act
 */
export function throwsJust(expected, act) {
  is(thrownBy(act), expected, 'what it throws');
}

/**
 * @param {() => unknown} act
 * @returns {unknown}
 */
function thrownBy(act) {
  try {
    act();
  } catch (error) {
    return error;
  }
  return fail('it throws nothing');
}

/**
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  throw new Error(message);
}

/** Longer values are cut: a failure is to be read. */
const MAX_SHOWN = 300;

/** @param {unknown} value */
function show(value) {
  if (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) !== Object.prototype
  )
    return String(value);
  const text =
    typeof value === 'object'
      ? JSON.stringify(value)
      : typeof value === 'string'
        ? JSON.stringify(value)
        : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length})` : text;
}
