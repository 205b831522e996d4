/** Imported first, a window of an old engine: with these globals alone, which modules take when they are evaluated. */
import { vi } from 'vitest';

/** @param globals what the window has */
export function openOldWindow(globals: object = {}): void {
  vi.resetModules();
  vi.stubGlobal('self', globals);
}
