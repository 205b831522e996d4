/**
 * Map and Set, as far as they are used here, for engines that have none, or none that can be iterated over. They hold a few entries: what is
 * looked for is looked for one by one. Iterators are arrays, since what is compiled to ES5 takes these too.
 */
import { platform } from './platform.ts';
import { iterator, LegacySymbol } from './symbol.ts';

class SmallMap<Key, Value> {
  private readonly list: [Key, Value][] = [];

  get size(): number {
    return this.list.length;
  }

  get(key: Key): Value | undefined {
    return this.list[this.indexOf(key)]?.[1];
  }

  has(key: Key): boolean {
    return this.indexOf(key) >= 0;
  }

  set(key: Key, value: Value): this {
    const index = this.indexOf(key);
    this.list[index < 0 ? this.list.length : index] = [key, value];
    return this;
  }

  delete(key: Key): boolean {
    const index = this.indexOf(key);
    if (index >= 0) this.list.splice(index, 1);
    return index >= 0;
  }

  clear(): void {
    this.list.length = 0;
  }

  keys(): Key[] {
    return this.list.map(([key]) => key);
  }

  values(): Value[] {
    return this.list.map(([, value]) => value);
  }

  entries(): [Key, Value][] {
    return this.list.slice();
  }

  [LegacySymbol.iterator](): Iterator<[Key, Value]> {
    return iterator(this.entries());
  }

  private indexOf(key: Key): number {
    for (let index = 0; index < this.list.length; index++) if (this.list[index]?.[0] === key) return index;
    return -1;
  }
}

class SmallSet<Value> {
  private readonly map: SmallMap<Value, true> = new SmallMap();

  constructor(values: readonly Value[] = []) {
    for (const value of values) this.add(value);
  }

  get size(): number {
    return this.map.size;
  }

  has(value: Value): boolean {
    return this.map.has(value);
  }

  add(value: Value): this {
    this.map.set(value, true);
    return this;
  }

  delete(value: Value): boolean {
    return this.map.delete(value);
  }

  clear(): void {
    this.map.clear();
  }

  values(): Value[] {
    return this.map.keys();
  }

  [LegacySymbol.iterator](): Iterator<Value> {
    return iterator(this.values());
  }
}

const isIterable =
  platform.Symbol !== undefined && platform.Map?.prototype[platform.Symbol.iterator] !== undefined;

export const LegacyMap: MapConstructor = isIterable
  ? (platform.Map as MapConstructor)
  : (SmallMap as unknown as MapConstructor);
export const LegacySet: SetConstructor = isIterable
  ? (platform.Set as SetConstructor)
  : (SmallSet as unknown as SetConstructor);
