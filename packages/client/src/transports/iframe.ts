/**
 * Requests by form, answers by scripts (Comet): for pages where neither WebSocket nor fetch gets through. The form posts into a hidden
 * iframe; the document that comes back hands each chunk of the answer to this window. Every iframe is navigated once and then
 * removed, so that the page's history stays as long as it was.
 */
import { Timer } from '../timer.ts';
import type { ExchangeKind } from './http.ts';

/** What the server's document posts: this and base64, or this and `.` at the end (PROTOCOL.md §5). */
const PREFIX = 'holdfast ';

/**
 * Until a document that has posted nothing is given up, in ms: it posts every 2 s at least. Browsers do not tell: a document
 * that is cut half-way has no `load` event, and loads for ever.
 */
const SILENT_AFTER_MS = 5000;

/** Names an iframe for its form; no two live ones are the same. */
let lastId = 0;
const NAME = 'holdfast-';

export const iframe: ExchangeKind = {
  name: 'iframe',
  overhead: 1.4, // base64, and the percent-encoding of its few + and /
  /** What the page's policy forbids the page, the server's allows its document, where that is of the page's origin. */
  navigator() {
    const frames = document.querySelectorAll<HTMLIFrameElement>(`iframe[name^=${NAME}]`);
    try {
      const loaded = Array.from(frames).find((frame) => !isBlank(frame)) as HTMLIFrameElement;
      return (loaded.contentWindow as Window).navigator;
    } catch {
      return navigator; // another origin, or none
    }
  },
  exchange(url, body, handler) {
    const { origin } = new URL(url);
    const frame = element('iframe', { name: NAME + ++lastId, hidden: true });

    const silenceTimer = new Timer();
    const onMessage = (event: MessageEvent): void => {
      const { data } = event;
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      if (typeof data !== 'string' || !data.startsWith(PREFIX)) return;
      const chunk = data.slice(PREFIX.length);
      if (chunk === '.') {
        abort();
        handler.onEnd();
      } else {
        silenceTimer.schedule(SILENT_AFTER_MS, () => fail('the iframe fell silent'));
        handler.onData(bytesFromBase64(chunk));
      }
    };
    const fail = (reason: string, tooLarge = false): void => {
      abort();
      handler.onFailed({ reason, tooLarge });
    };
    const abort = (): void => {
      silenceTimer.stop();
      removeEventListener('message', onMessage);
      frame.onload = null;
      frame.remove();
    };

    addEventListener('message', onMessage);
    document.documentElement.append(frame);
    submit(url, body, frame.name);
    // The document has ended without saying so. What it has posted is in the queue before this.
    frame.onload = () => setTimeout(onLoad);
    const onLoad = (): void => {
      // No page learns with which status.
      if (frame.onload !== null && !isBlank(frame)) fail('the iframe loaded something else', true);
    };
    return abort;
  },
};

/** Some engines report the empty document that every iframe begins with. */
function isBlank(frame: HTMLIFrameElement): boolean {
  try {
    return (frame.contentWindow as Window).location.href === 'about:blank';
  } catch {
    return false; // another origin: not the empty document
  }
}

function submit(url: string, body: Uint8Array, target: string): void {
  const form = element('form', { method: 'POST', action: url, target });
  form.append(element('input', { type: 'hidden', name: 'body', value: base64(body) }));
  document.documentElement.append(form);
  form.submit();
  form.remove();
}

function element<Tag extends 'iframe' | 'form' | 'input'>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]>,
): HTMLElementTagNameMap[Tag] {
  return Object.assign(document.createElement(tag), properties);
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function bytesFromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
