/**
 * What one field of a rule may hold: a check that says in words what it wants, and the default.
 *
 * Rules come from tests, from a page's switches and over HTTP as JSON; a wrong one is refused by a sentence that
 * names the field, never applied by half.
 */

/**
 * @typedef {object} Option
 * @property {string} wants completes the sentence "must be ..."
 * @property {(value: unknown) => boolean} accepts
 * @property {unknown} [fallback] stands for an absent field; without it the field is required
 */

/** Rejects a rule. The message is one line and begins with the path of the bad field. */
export class RuleError extends Error {
  /** @override */
  name = 'RuleError';
  code = 'HOLDFAST_FAULTS_BAD_RULE';
}

/**
 * @param {number} min
 * @param {number} max
 * @param {number | undefined} fallback
 * @returns {Option}
 */
export function integer(min, max, fallback) {
  return {
    wants: `a whole number from ${min} to ${max}`,
    accepts: (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
    ...(fallback === undefined ? {} : { fallback }),
  };
}

/**
 * @param {number} min
 * @param {number} max
 * @param {number | undefined} [fallback]
 * @returns {Option}
 */
export function quantity(min, max, fallback) {
  return {
    wants: `a number from ${min} to ${max}`,
    accepts: (value) => typeof value === 'number' && value >= min && value <= max,
    fallback,
  };
}

/**
 * @param {readonly (string | boolean)[]} values
 * @param {string | boolean | undefined} [fallback]
 * @returns {Option}
 */
export function oneOf(values, fallback) {
  return {
    wants: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
    accepts: (value) => values.some((allowed) => allowed === value),
    fallback,
  };
}

/**
 * @param {string | undefined} [fallback]
 * @returns {Option}
 */
export function text(fallback) {
  return { wants: 'a string', accepts: (value) => typeof value === 'string', fallback };
}

/**
 * An optional field with a test of its own.
 *
 * @param {string} wants
 * @param {(value: unknown) => boolean} accepts
 * @returns {Option}
 */
export function field(wants, accepts) {
  return { wants, accepts, fallback: undefined };
}

/**
 * Checks an object's fields against their options and fills in the defaults.
 *
 * @param {unknown} value
 * @param {Record<string, Option>} options
 * @param {string} at the object's path, for the message
 * @returns {Record<string, unknown>} a new object, without the fields that are absent and have no default
 */
export function readFields(value, options, at) {
  const given = readObject(value, at);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(options, name)) throw new RuleError(`${at}.${name}: there is no such field`);
  }
  /** @type {Record<string, unknown>} */
  const read = {};
  for (const [name, option] of Object.entries(options)) {
    const value = given[name] ?? option.fallback;
    if (value === undefined) {
      if (!('fallback' in option))
        throw new RuleError(`${at}.${name}: must be ${option.wants}, and is missing`);
      continue;
    }
    if (!option.accepts(value)) throw new RuleError(`${at}.${name}: must be ${option.wants}`);
    read[name] = value;
  }
  return read;
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {Record<string, unknown>}
 */
export function readObject(value, at) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RuleError(`${at}: must be an object`);
  }
  return Object.fromEntries(Object.entries(value));
}
