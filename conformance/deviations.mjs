/**
 * Where `@holdfast/server` does not do what a case expects: the name of the case, what it does instead, and why that is
 * accepted. Such a case counts as kept only while the server does exactly this.
 *
 * @type {Readonly<Record<string, { observed: readonly string[], because: string }>>}
 */
export const DEVIATIONS = {};
