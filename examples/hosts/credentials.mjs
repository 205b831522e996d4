/** What a server needs for TLS, from the files that the environment names. */
import { readFileSync } from 'node:fs';

/** @returns {{ key: string, cert: string }} in PEM: what the files named by TLS_KEY and TLS_CERT hold */
export function credentialsFromFiles() {
  const { TLS_KEY, TLS_CERT } = process.env;
  if (TLS_KEY === undefined || TLS_CERT === undefined) {
    throw new Error('TLS_KEY and TLS_CERT must name the files of the private key and the certificate (PEM).');
  }
  return { key: readFileSync(TLS_KEY, 'utf8'), cert: readFileSync(TLS_CERT, 'utf8') };
}
