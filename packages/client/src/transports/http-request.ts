/**
 * One request of a session (PROTOCOL.md §5): bytes out, the answer's bytes as wire messages, as they come. It bounds the time and tells
 * an answer of this protocol from any other. How the bytes travel is the exchange's business (fetch, or a form in an iframe); what the
 * messages mean is the session's.
 */
import { concatBytes } from '@holdfast/protocol';
import type { WireMessage } from '../session.ts';
import { Timer } from '../timer.ts';
import { readBody } from './body.ts';
import { type Failure, STANDING } from './client-transport.ts';

/** What happens to an exchange. Once `onEnd` or `onFailed` was called, or it was aborted, nobody listens. */
export interface ExchangeHandler {
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  onFailed(failure: Failure): void;
}

/** Sends one POST. Returns what aborts it, or does nothing when it is over. Nothing is called from within the call itself. */
export type Exchange = (url: string, body: Uint8Array<ArrayBuffer>, handler: ExchangeHandler) => () => void;

/** What happens to a request. `onDone` or `onFailed` is the last call. */
export interface RequestHandler {
  onMessage(message: WireMessage): void;
  onDone(): void;
  onFailed(failure: Failure): void;
}

/** How much later than it is to end an answer is given up, in ms: the way there and back, on a bad day. */
const LONGEST_GRACE_MS = 7000;

// Both together end before a session expires that has lost its transport without knowing: a request that vanished is made again in time.
const HOLD_OF_EXPIRY = 0.6;
const GRACE_OF_EXPIRY = 0.2;

/**
 * @param pathMs for how long the path lets an answer hang
 * @param expiryMs how long a session without a transport lives
 */
export function holdMs(pathMs: number, expiryMs: number): number {
  return Math.min(pathMs, Math.floor(expiryMs * HOLD_OF_EXPIRY));
}

/** @param expiryMs as above */
export function graceMs(expiryMs: number): number {
  return Math.min(LONGEST_GRACE_MS, expiryMs * GRACE_OF_EXPIRY);
}

/** An upload may be this slow, in bytes per ms (16 KiB/s). */
const SLOWEST_UPLOAD = 16;

/**
 * Sends a request. Returns what aborts it; nothing is called after that.
 *
 * @param silenceMs when it is given up that nothing comes, or nothing more; a body that is being sent has more time
 */
export function sendRequest(
  exchange: Exchange,
  url: string,
  body: Uint8Array<ArrayBuffer>,
  silenceMs: number,
  handler: RequestHandler,
): () => void {
  /** What has come and was not read. */
  let rest: Uint8Array = new Uint8Array(0);
  /** Whether the answer was one of this protocol. */
  let recognized = false;
  let ended = false;

  const timer = new Timer();
  giveUpAfter(silenceMs + body.length / SLOWEST_UPLOAD);
  const abortExchange = exchange(url, body, {
    onData(chunk) {
      if (ended) return;
      // A slow line is no dead one.
      giveUpAfter(silenceMs);
      try {
        rest = readBody(concatBytes([rest, chunk]), (message) => {
          if (ended) return;
          recognized ||= STANDING.test(message as string);
          if (!recognized) throw new Error('another protocol');
          handler.onMessage(message);
        });
      } catch (error) {
        onFailed({ reason: String(error), foreign: !recognized });
      }
    },
    onEnd() {
      if (!recognized || rest.length > 0) onFailed({ reason: 'the answer was cut', foreign: !recognized });
      else if (!ended) {
        end();
        handler.onDone();
      }
    },
    onFailed,
  });

  function giveUpAfter(ms: number): void {
    timer.schedule(ms, () => onFailed({ reason: 'no answer in time' }));
  }

  function onFailed(failure: Failure): void {
    if (ended) return;
    end();
    handler.onFailed(failure);
  }

  function end(): void {
    ended = true;
    timer.stop();
    abortExchange();
  }

  return end;
}
