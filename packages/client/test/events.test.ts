import { afterEach, describe, expect, it, vi } from 'vitest';
import { closeEvent } from '../src/events.ts';

const INIT = { code: 3001, reason: 'enough', wasClean: true };

describe('a close event', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('has its fields where the platform has no CloseEvent', () => {
    vi.stubGlobal('CloseEvent', undefined);
    const event = closeEvent(INIT);
    expect(event).toBeInstanceOf(Event);
    expect(event).toMatchObject({ type: 'close', ...INIT });
  });

  it('is the platform’s own where there is one', () => {
    class PlatformCloseEvent extends Event {
      readonly init: unknown;

      constructor(type: string, init: unknown) {
        super(type);
        this.init = init;
      }
    }
    vi.stubGlobal('CloseEvent', PlatformCloseEvent);
    const event = closeEvent(INIT);
    expect(event).toBeInstanceOf(PlatformCloseEvent);
    expect(event).toMatchObject({ type: 'close', init: INIT });
  });
});
