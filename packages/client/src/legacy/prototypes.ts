/**
 * The functions used here that an ES5 engine lacks on objects which are the page's, too. What is missing is added, as the standards have it
 * and not enumerable; what is there is left alone.
 */
import { iterator, LegacySymbol } from './symbol.ts';

type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;
type Predicate = (item: unknown, index: number, list: ArrayLike<unknown>) => unknown;

addMissing(Object, {
  assign(target: Record<string, unknown>, ...sources: readonly unknown[]): object {
    for (const source of sources) {
      const from = Object(source) as Readonly<Record<string, unknown>>;
      for (const key of Object.keys(from)) target[key] = from[key];
    }
    return target;
  },
  entries(from: Readonly<Record<string, unknown>>): [string, unknown][] {
    return Object.keys(from).map((key) => [key, from[key]]);
  },
});

addMissing(Number, {
  isNaN: (value: unknown): boolean => typeof value === 'number' && !(Math.abs(value) <= Infinity),
  isInteger: (value: unknown): boolean => isWhole(value) && Math.abs(value) < Infinity,
  isSafeInteger: (value: unknown): boolean => isWhole(value) && Math.abs(value) < 2 ** 53,
});

addMissing(String.prototype, {
  startsWith(this: string, search: string, position = 0): boolean {
    return this.slice(position, position + search.length) === search;
  },
  includes(this: string, search: string, position = 0): boolean {
    return this.indexOf(search, position) >= 0;
  },
  codePointAt(this: string, position = 0): number | undefined {
    const high = this.charCodeAt(position);
    const low = this.charCodeAt(position + 1);
    const isPair = high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
    if (isPair) return (high - 0xd800) * 0x400 + low - 0xdc00 + 0x10000;
    return Number.isNaN(high) ? undefined : high;
  },
});

addMissing(Array, {
  from(source: ArrayLike<unknown>, map?: (item: unknown, index: number) => unknown): unknown[] {
    const iterate = (source as unknown as Record<PropertyKey, () => Iterator<unknown>>)[
      LegacySymbol.iterator
    ];
    const items: unknown[] = [];
    if (typeof iterate === 'function') {
      const iterator = iterate.call(source);
      for (let step = iterator.next(); step.done !== true; step = iterator.next()) items.push(step.value);
    } else {
      items.push.apply(items, Array.prototype.slice.call(source));
    }
    return map === undefined ? items : items.map((item, index) => map(item, index));
  },
});

const lists: Methods = {
  find(this: ArrayLike<unknown>, predicate: Predicate, that?: unknown): unknown {
    return this[firstIndex(this, predicate, that)];
  },
  findIndex(this: ArrayLike<unknown>, predicate: Predicate, that?: unknown): number {
    return firstIndex(this, predicate, that);
  },
  fill(this: unknown[], value: unknown, start = 0, end = this.length): unknown[] {
    for (let at = start; at < end; at++) this[at] = value;
    return this;
  },
};

addMissing(Array.prototype, lists);
addMissing(Array.prototype, {
  [LegacySymbol.iterator](this: unknown[]): Iterator<unknown> {
    return iterator(this);
  },
  includes(this: unknown[], searched: unknown, from = 0): boolean {
    return this.slice(from).some(
      (item) => item === searched || (Number.isNaN(item) && Number.isNaN(searched)),
    );
  },
  flatMap(this: unknown[], map: Predicate, that?: unknown): unknown[] {
    return this.reduce<unknown[]>((all, item, index) => all.concat(map.call(that, item, index, this)), []);
  },
});

addMissing(Uint8Array, {
  of: (...bytes: number[]): Uint8Array => new Uint8Array(bytes),
});

// There is nothing that all kinds of typed arrays inherit from.
addMissing(Uint8Array.prototype, lists);
addMissing(Uint8Array.prototype, {
  slice(this: Uint8Array, start?: number, end?: number): Uint8Array {
    return new Uint8Array(this.subarray(start ?? 0, end ?? this.length));
  },
  every(this: Uint8Array, predicate: Predicate, that?: unknown): boolean {
    return firstIndex(this, (...args) => !predicate.apply(that, args), undefined) < 0;
  },
});

addMissing(Element.prototype, {
  append(this: Element, ...nodes: (Node | string)[]): void {
    for (const node of nodes)
      this.appendChild(typeof node === 'string' ? document.createTextNode(node) : node);
  },
  remove(this: Element): void {
    this.parentNode?.removeChild(this);
  },
});

// By its getter an object is known for one of theirs (websocket.ts). In engines of 2016 each has a property of its own instead.
for (const [Class, name] of [
  [ArrayBuffer, 'byteLength'],
  [Blob, 'size'],
] as const) {
  const { get, configurable = true } = Object.getOwnPropertyDescriptor(Class.prototype, name) ?? {};
  if (get === undefined && configurable)
    Object.defineProperty(Class.prototype, name, {
      configurable,
      get() {
        if (!(this instanceof Class)) throw new TypeError('Illegal invocation');
      },
    });
}

function addMissing(target: object, methods: Methods): void {
  for (const name of Object.keys(methods)) {
    if (name in target) continue;
    Object.defineProperty(target, name, { value: methods[name], configurable: true, writable: true });
  }
}

/** Or infinite. */
function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Math.floor(value) === value;
}

function firstIndex(list: ArrayLike<unknown>, predicate: Predicate, that: unknown): number {
  for (let at = 0; at < list.length; at++) if (predicate.call(that, list[at], at, list)) return at;
  return -1;
}
