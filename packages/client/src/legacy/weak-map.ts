/** WeakMap, as far as it is used here: the platform's own, or else a property of the key that nobody sees. */
import { platform } from './platform.ts';

let lastId = 0;

class PropertyMap<Key extends object, Value> {
  private readonly property: string = `holdfast ${++lastId}`;

  get(key: Key): Value | undefined {
    // Not one that the key inherits.
    return Object.getOwnPropertyDescriptor(key, this.property)?.value;
  }

  set(key: Key, value: Value): this {
    Object.defineProperty(key, this.property, { value, configurable: true });
    return this;
  }
}

export const LegacyWeakMap: WeakMapConstructor =
  platform.WeakMap ?? (PropertyMap as unknown as WeakMapConstructor);
