/**
 * The upload: one file at a time goes to the server in slices, is hashed at both ends, and the two hashes are compared.
 *
 *   idle → making (test file only) → sending → comparing → done or failed
 */
import { MAX_UPLOAD_BYTES } from '../shared/limits.js';
import { formatBytes, formatDuration } from './format.js';
import { element, setText } from './page.js';
import { UploadRun } from './upload-run.js';
import { sendFile } from './upload-sender.js';

/** @import { Connection } from './connection.js' */

const TEST_FILE_BYTES = 200 * 1024 * 1024;

/** How often the figures change, in ms. */
const SHOW_MS = 100;

export class Upload {
  #connection;
  #card = element('upload', HTMLElement);
  #file = element('upload-file', HTMLInputElement);
  #progress = element('upload-progress', HTMLProgressElement);
  #nextUpload = 1;

  /** The run that is on, if any. @type {UploadRun | undefined} */
  #run;

  /** @param {Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    this.#file.addEventListener('change', () => {
      const [file] = this.#file.files ?? [];
      // The same file may be chosen again.
      this.#file.value = '';
      if (file !== undefined) void this.#send(file, file.name);
    });
    element('upload-make', HTMLButtonElement).addEventListener('click', () => void this.#makeAndSend());
    element('upload-cancel', HTMLButtonElement).addEventListener('click', () => this.#run?.end('cancelled'));
    this.#acceptDrops(element('upload-drop', HTMLElement));
    connection.onTopic('upload', (type, body) => {
      if (body['upload'] === this.#run?.number) this.#run?.receive(type, body);
    });
    connection.on('state', (state) => {
      if (state === 'closed') this.#run?.end('the session ended');
    });
    setInterval(() => this.#show(), SHOW_MS);
  }

  async #makeAndSend() {
    if (this.#run !== undefined) return;
    const run = this.#start('Test file', TEST_FILE_BYTES);
    setText(element('upload-percent', HTMLElement), 'Making random bytes');
    const file = await run.inWorker({ make: TEST_FILE_BYTES }, ({ file }) => file);
    await this.#carryOut(run, file);
  }

  /** @param {Blob} file @param {string} name */
  async #send(file, name) {
    if (this.#run !== undefined) return;
    if (file.size > MAX_UPLOAD_BYTES) {
      this.#conclude(`The lab takes files of up to ${formatBytes(MAX_UPLOAD_BYTES)}.`, false);
      return;
    }
    await this.#carryOut(this.#start(name, file.size), file);
  }

  /** @param {string} name @param {number} bytes */
  #start(name, bytes) {
    const run = new UploadRun(this.#nextUpload, bytes);
    this.#nextUpload += 1;
    this.#run = run;
    element('upload-start', HTMLElement).hidden = true;
    element('upload-run', HTMLElement).hidden = false;
    setText(element('upload-name', HTMLElement), name);
    setText(element('upload-size', HTMLElement), formatBytes(bytes));
    for (const id of ['hash-browser', 'hash-server']) setText(element(id, HTMLElement), '');
    this.#card.classList.remove('is-equal');
    this.#conclude('', true);
    void run.ended.then((reason) => this.#fail(run, reason));
    return run;
  }

  /** @param {UploadRun} run @param {Blob} file */
  async #carryOut(run, file) {
    if (this.#connection.send('upload', 'begin', { upload: run.number, bytes: file.size }) === 0) {
      run.end('there is no connection');
      return;
    }
    run.beginSending();
    const hashing = run.inWorker({ hash: file }, ({ sha256 }) => sha256);
    void hashing.then((sha256) => showHash('hash-browser', sha256));
    const wasSent = await sendFile(this.#connection, file, run.number, {
      signal: run.signal,
      onSent: (bytes) => {
        run.sentBytes = bytes;
      },
    });
    if (!wasSent) return;
    this.#connection.send('upload', 'end', { upload: run.number });
    const { sha256 } = await run.verdict;
    showHash('hash-server', sha256);
    this.#compare(run, await hashing, sha256);
  }

  /** @param {UploadRun} run @param {string} browser @param {string} server */
  #compare(run, browser, server) {
    this.#show();
    this.#finish(run);
    const isEqual = browser === server;
    this.#card.classList.toggle('is-equal', isEqual);
    const took = `${formatBytes(run.bytes)} in ${formatDuration(performance.now() - run.beganAtMs)}`;
    this.#conclude(
      isEqual ? `Identical: ${took}` : 'The two differ: bytes were changed on the way.',
      isEqual,
    );
  }

  /** @param {UploadRun} run @param {string} reason */
  #fail(run, reason) {
    if (this.#run !== run) return;
    this.#connection.send('upload', 'cancel', { upload: run.number });
    this.#finish(run);
    this.#conclude(`Not uploaded: ${reason}.`, false);
  }

  /** @param {UploadRun} run */
  #finish(run) {
    this.#run = undefined;
    run.close();
    element('upload-start', HTMLElement).hidden = false;
    element('upload-run', HTMLElement).hidden = true;
  }

  #show() {
    const run = this.#run;
    if (run === undefined || !run.isSending) return;
    const part = run.bytes === 0 ? 1 : run.receivedBytes / run.bytes;
    this.#progress.value = part;
    setPart('track-sent', run.bytes === 0 ? 1 : run.sentBytes / run.bytes);
    setPart('track-received', part);
    setText(element('upload-percent', HTMLElement), `${Math.floor(part * 100)} %`);
    const speed = run.speed.bytesPerSecond(performance.now());
    setText(element('upload-speed', HTMLElement), `${formatBytes(Math.round(speed))}/s`);
    setText(
      element('upload-waiting', HTMLElement),
      `${formatBytes(this.#connection.bufferedAmount)} buffered`,
    );
  }

  /** @param {string} sentence @param {boolean} isGood */
  #conclude(sentence, isGood) {
    const verdict = element('upload-verdict', HTMLElement);
    verdict.className = `verdict verdict-${isGood ? 'good' : 'bad'}`;
    verdict.textContent = sentence;
  }

  /** @param {HTMLElement} target */
  #acceptDrops(target) {
    target.addEventListener('dragover', (event) => {
      event.preventDefault();
      target.classList.add('is-over');
    });
    target.addEventListener('dragleave', () => target.classList.remove('is-over'));
    target.addEventListener('drop', (event) => {
      event.preventDefault();
      target.classList.remove('is-over');
      const [file] = event.dataTransfer?.files ?? [];
      if (file !== undefined) void this.#send(file, file.name);
    });
  }
}

/** @param {string} id @param {string} sha256 in groups, so that people can compare them */
function showHash(id, sha256) {
  setText(element(id, HTMLElement), sha256.replace(/(.{8})(?=.)/g, '$1 '));
}

/** @param {string} id @param {number} part 0..1 */
function setPart(id, part) {
  element(id, HTMLElement).style.transform = `translateX(${(part - 1) * 100}%)`;
}
