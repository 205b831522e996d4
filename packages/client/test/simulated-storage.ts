/** A `localStorage` for places that have none, as far as the client uses it. */
export class SimulatedStorage {
  readonly entries: Map<string, string> = new Map();

  get length(): number {
    return this.entries.size;
  }

  getItem(key: string): string | null {
    return this.entries.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.entries.set(key, value);
  }

  removeItem(key: string): void {
    this.entries.delete(key);
  }
}
