/**
 * Event handler IDL attributes (HTML §8.1.8.1): `target.onopen = f` listens from where it was set; another function takes
 * the same place in the order, and `null` (or anything that is no object) gives it up.
 */
type Handler = object | null;

interface Entry {
  current: Handler;
  readonly listener: (event: Event) => void;
}

/** The handlers of one target. */
export class HandlerAttributes {
  private readonly target: EventTarget;
  private readonly entries: Map<string, Entry> = new Map();

  constructor(target: EventTarget) {
    this.target = target;
  }

  get(type: string): Handler {
    return this.entries.get(type)?.current ?? null;
  }

  set(type: string, value: unknown): void {
    const entry = this.entries.get(type);
    // [LegacyTreatNonObjectAsNull]; an object that is no function is kept, and not called.
    if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) {
      if (entry !== undefined) this.target.removeEventListener(type, entry.listener);
      this.entries.delete(type);
    } else if (entry !== undefined) {
      entry.current = value;
    } else {
      this.activate(type, value);
    }
  }

  private activate(type: string, value: object): void {
    const entry: Entry = {
      current: value,
      listener: (event) => {
        const handler = entry.current;
        if (typeof handler === 'function' && handler.call(this.target, event) === false)
          event.preventDefault();
      },
    };
    this.entries.set(type, entry);
    this.target.addEventListener(type, entry.listener);
  }
}
