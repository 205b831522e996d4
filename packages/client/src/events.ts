/** The events of a WebSocket, from the platform where it has them. */

/** Node has no CloseEvent before version 23. */
class CloseEventFallback extends Event {
  readonly wasClean: boolean;
  readonly code: number;
  readonly reason: string;

  constructor(type: string, { wasClean = false, code = 0, reason = '' }: CloseEventInit = {}) {
    super(type);
    this.wasClean = wasClean;
    this.code = code;
    this.reason = reason;
  }
}

export function closeEvent(init: Required<Pick<CloseEventInit, 'wasClean' | 'code' | 'reason'>>): Event {
  const Class = globalThis.CloseEvent ?? CloseEventFallback;
  return new Class('close', init);
}
