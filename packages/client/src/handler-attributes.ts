/**
 * Event handler IDL attributes (HTML §8.1.8.1): `target.onopen = f` listens from where it was set; another function takes
 * the same place in the order, and `null` (or anything that is no object) gives it up.
 */
type Handler = object | null;

/** What listens: a function, since the platform would look for the `handleEvent` of an object with each event. */
interface Entry extends EventListener {
  current: object;
}

/** The handlers of one target. */
export class HandlerAttributes {
  private readonly target: EventTarget;
  private readonly entries: Map<string, Entry> = new Map();

  constructor(target: EventTarget) {
    this.target = target;
  }

  get(type: string): Handler {
    const entry = this.entries.get(type);
    return entry ? entry.current : null;
  }

  set(type: string, value: unknown): void {
    const { entries, target } = this;
    let entry = entries.get(type);
    // [LegacyTreatNonObjectAsNull]; an object that is no function is kept, and not called.
    if (!isObject(value)) {
      if (entry) target.removeEventListener(type, entry);
      entries.delete(type);
      return;
    }
    if (!entry) {
      const listener: Entry = (event) => {
        const handler = listener.current;
        if (typeof handler === 'function' && handler.call(target, event) === false) event.preventDefault();
      };
      listener.current = value;
      entry = listener;
      entries.set(type, entry);
      target.addEventListener(type, entry);
    }
    entry.current = value;
  }
}

function isObject(value: unknown): value is object {
  return Object(value) === value;
}
