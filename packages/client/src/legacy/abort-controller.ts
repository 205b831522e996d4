/**
 * AbortController, for engines that have fetch and no way to end it (Chromium before 66): what was asked for is not listened to any more, and the
 * server ends it when it is asked for something newer.
 */
import { platform } from './platform.ts';

class Mark {
  readonly signal: { aborted: boolean } = { aborted: false };

  abort(): void {
    this.signal.aborted = true;
  }
}

export const LegacyAbortController: typeof AbortController =
  platform.AbortController ?? (Mark as unknown as typeof AbortController);
