/**
 * One file on its way: how far it has come, what works on it, and how it ended.
 */
import { UploadSpeed } from './upload-speed.js';

/** @typedef {{ sha256: string }} ServerVerdict */

/**
 * What the worker answers: see upload-worker.js.
 * @typedef {{ hashedBytes?: number, sha256?: string, madeBytes?: number, file?: Blob }} WorkerAnswer
 */

export class UploadRun {
  number;
  bytes;
  speed = new UploadSpeed();
  beganAtMs = performance.now();
  sentBytes = 0;
  receivedBytes = 0;
  isSending = false;

  /** Resolves to the reason when the run ends before its time; never otherwise. @type {Promise<string>} */
  ended;
  /** Resolves when the server has hashed the whole file; never otherwise. @type {Promise<ServerVerdict>} */
  verdict;

  #abort = new AbortController();
  /** @type {Set<Worker>} */
  #workers = new Set();
  /** @type {(reason: string) => void} */
  #end = () => {};
  /** @type {(verdict: ServerVerdict) => void} */
  #decide = () => {};

  /** @param {number} number @param {number} bytes of the file */
  constructor(number, bytes) {
    this.number = number;
    this.bytes = bytes;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.verdict = new Promise((resolve) => {
      this.#decide = resolve;
    });
  }

  get signal() {
    return this.#abort.signal;
  }

  beginSending() {
    this.isSending = true;
    this.beganAtMs = performance.now();
    this.speed.mark(0, this.beganAtMs);
  }

  /** What the server says about this file. @param {string} type @param {Record<string, unknown>} body */
  receive(type, { bytes, sha256, reason }) {
    if (type === 'progress' || type === 'done') {
      this.receivedBytes = Number(bytes);
      this.speed.mark(this.receivedBytes, performance.now());
    }
    if (type === 'done') this.#decide({ sha256: String(sha256) });
    if (type === 'failed') this.end(String(reason));
  }

  /** @param {string} reason */
  end(reason) {
    this.#end(reason);
    this.close();
  }

  /**
   * Asks a worker of its own.
   *
   * @template T
   * @param {{ hash: Blob } | { make: number }} request
   * @param {(answer: WorkerAnswer) => T | undefined} read what the answer was waited for, if it is in this one
   * @returns {Promise<T>} never settles if the run ends first
   */
  inWorker(request, read) {
    const worker = new Worker('/js/upload-worker.js', { type: 'module' });
    this.#workers.add(worker);
    return new Promise((resolve) => {
      worker.addEventListener('message', (/** @type {MessageEvent<WorkerAnswer>} */ { data }) => {
        const answer = read(data);
        if (answer === undefined) return;
        worker.terminate();
        resolve(answer);
      });
      worker.addEventListener('error', (event) => this.end(event.message ?? 'the worker did not load'));
      worker.postMessage(request);
    });
  }

  /** Stops everything that works on the file. */
  close() {
    this.#abort.abort();
    for (const worker of this.#workers) worker.terminate();
  }
}
