/** What the platform's own classes have by WebIDL, and classes of JavaScript do not. */

/** Gives a class its name, which minifying takes from it, and members as an interface has them. */
export function asInterface(Class: { readonly prototype: object }, name: string): void {
  const { prototype } = Class;
  Object.defineProperty(Class, 'name', { value: name });
  for (const member of Object.getOwnPropertyNames(prototype))
    if (member !== 'constructor') Object.defineProperty(prototype, member, { enumerable: true });
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** The members of what is to be a dictionary. @throws TypeError */
export function dictionary<Members>(value: unknown): Partial<Members> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' && typeof value !== 'function') throw new TypeError('Not an object');
  return value;
}

/** [Clamp] unsigned short: halves go to the even neighbour. */
export function clampToUnsignedShort(value: unknown): number {
  const number = Math.min(Math.max(Number(value) || 0, 0), 0xffff);
  const below = Math.floor(number);
  const above = number - below;
  return above > 0.5 || (above === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** USVString: unpaired surrogates become U+FFFD. @throws TypeError what cannot be text */
export function toUsvString(value: unknown): string {
  return `${value}`.replace(/[\ud800-\udfff]/gu, '\ufffd');
}

/** Whether it can be read as a sequence. */
export function isSequence(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

/** Whether it is of an interface of the platform, also of another realm's, such as an iframe's. */
export function isInstance(value: unknown, name: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${name}]`;
}
