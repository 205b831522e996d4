/**
 * A certificate for 127.0.0.1, signed with its own key, made by Node alone: an X.509 v3 certificate (RFC 5280 §4.1) of an
 * elliptic curve key, written in DER.
 */
import { generateKeyPairSync, sign } from 'node:crypto';

/** Tags of DER (X.690 §8). */
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
/** `[0] EXPLICIT version` and `[3] EXPLICIT extensions` of a TBSCertificate. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** `[7] iPAddress` of a GeneralName (RFC 5280 §4.2.1.6). */
const IP_ADDRESS = 0x87;

/** Object identifiers, as DER holds them. */
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const SUBJECT_ALTERNATIVE_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';

const DAY_MS = 86_400_000;

/** @returns {{ key: string, cert: string }} in PEM; valid from yesterday to tomorrow */
export function selfSignedCertificate() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, identifier(ECDSA_WITH_SHA256));
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, identifier(COMMON_NAME), der(UTF8_STRING, Buffer.from('127.0.0.1')))),
  );
  const extensions = der(
    SEQUENCE,
    extension(SUBJECT_ALTERNATIVE_NAME, der(SEQUENCE, der(IP_ADDRESS, Buffer.from([127, 0, 0, 1])))),
    extension(BASIC_CONSTRAINTS, der(SEQUENCE, der(BOOLEAN, Buffer.from([0xff])))),
  );
  const toBeSigned = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))), // v3 counts as 2
    der(INTEGER, Buffer.from([1])), // the serial number
    algorithm,
    name, // of the issuer
    der(SEQUENCE, time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    name, // of the subject: the same
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, extensions),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', toBeSigned, privateKey));
  const certificate = der(SEQUENCE, toBeSigned, algorithm, signature);
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

/**
 * A value with its tag and length, which takes as few bytes as it can (X.690 §10.1): browsers insist.
 *
 * @param {number} tag
 * @param {Uint8Array[]} contents
 */
function der(tag, ...contents) {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  if (length < 0x100) return Buffer.concat([Buffer.from([tag, 0x81, length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content]);
}

/** @param {string} hex */
function identifier(hex) {
  return der(OBJECT_IDENTIFIER, Buffer.from(hex, 'hex'));
}

/** @param {string} id @param {Buffer} value */
function extension(id, value) {
  return der(SEQUENCE, identifier(id), der(OCTET_STRING, value));
}

/** @param {number} ms since 1970 */
function time(ms) {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}
