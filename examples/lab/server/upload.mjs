/**
 * The upload's server half: hashes a file as its slices come and keeps none of it.
 *
 *   begin {upload, bytes} → accepted · slices … · end {upload} → done {upload, bytes, sha256, durationMs}
 *
 * One file per visitor at a time. `progress` tells the page how far the file has come, which also wakes a page whose
 * timers a background tab slows down.
 *
 * @import { Demo } from './hub.mjs'
 * @import { Visitor } from './visitor.mjs'
 */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { MAX_UPLOAD_BYTES } from '../public/shared/limits.js';

/** Bytes between two reports of progress. */
const PROGRESS_BYTES = 512 * 1024;

/**
 * @typedef {object} Upload
 * @property {number} number the page's own
 * @property {number} expectedBytes
 * @property {number} receivedBytes
 * @property {number} reportedBytes
 * @property {number} beganAtMs
 * @property {import('node:crypto').Hash} hash
 */

/** @returns {Demo} */
export function createUpload() {
  /** @type {Map<Visitor, Upload>} */
  const uploads = new Map();

  return {
    topic: 'upload',
    receive(visitor, type, body) {
      if (type === 'begin') {
        const upload = begin(body);
        if (upload === undefined)
          return visitor.send('upload', 'failed', { upload: body['upload'], reason: 'too large' });
        uploads.set(visitor, upload);
        visitor.send('upload', 'accepted', { upload: upload.number });
      }
      if (type === 'end') {
        const upload = uploads.get(visitor);
        uploads.delete(visitor);
        if (upload !== undefined && upload.number === body['upload'])
          visitor.send('upload', ...outcome(upload));
      }
      if (type === 'cancel') uploads.delete(visitor);
    },
    receiveSlice(visitor, number, bytes) {
      const upload = uploads.get(visitor);
      // Slices still under way when the page cancelled.
      if (upload?.number !== number) return;
      upload.hash.update(bytes);
      upload.receivedBytes += bytes.byteLength;
      if (upload.receivedBytes - upload.reportedBytes < PROGRESS_BYTES) return;
      upload.reportedBytes = upload.receivedBytes;
      visitor.send('upload', 'progress', { upload: number, bytes: upload.receivedBytes });
    },
    leave(visitor) {
      uploads.delete(visitor);
    },
  };
}

/** @param {Record<string, unknown>} body @returns {Upload | undefined} */
function begin({ upload: number, bytes }) {
  if (!Number.isInteger(number) || !Number.isInteger(bytes)) return undefined;
  if (Number(bytes) < 0 || Number(bytes) > MAX_UPLOAD_BYTES) return undefined;
  return {
    number: Number(number),
    expectedBytes: Number(bytes),
    receivedBytes: 0,
    reportedBytes: 0,
    beganAtMs: performance.now(),
    hash: createHash('sha256'),
  };
}

/** @param {Upload} upload @returns {[type: string, body: Record<string, unknown>]} */
function outcome({ number, expectedBytes, receivedBytes, beganAtMs, hash }) {
  if (receivedBytes !== expectedBytes) {
    return ['failed', { upload: number, reason: `${receivedBytes} of ${expectedBytes} bytes came` }];
  }
  const durationMs = Math.round(performance.now() - beganAtMs);
  return ['done', { upload: number, bytes: receivedBytes, sha256: hash.digest('hex'), durationMs }];
}
