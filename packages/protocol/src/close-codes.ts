/**
 * The status codes of a closing handshake (RFC 6455 §7.4): their names, and which of them may stand in a
 * Close frame.
 *
 * They are single constants, not members of an object, so that a bundler keeps only those used.
 */

// IANA "WebSocket Close Code Number Registry"; the first column of its comments is the registry's own name.
/** Normal Closure. */
export const CLOSE_NORMAL = 1000;
/** Going Away: the server goes down, the page is left. */
export const CLOSE_GOING_AWAY = 1001;
/** Protocol error. */
export const CLOSE_PROTOCOL_ERROR = 1002;
/** Unsupported Data: a kind of message this endpoint cannot accept. */
export const CLOSE_UNSUPPORTED_DATA = 1003;
/** No Status Rcvd: the Close frame held no code. Never on the wire. */
export const CLOSE_NO_STATUS_RECEIVED = 1005;
/** Abnormal Closure: no Close frame was received. Never on the wire. */
export const CLOSE_ABNORMAL = 1006;
/** Invalid frame payload data: a text that is not UTF-8. */
export const CLOSE_INVALID_PAYLOAD_DATA = 1007;
/** Policy Violation. */
export const CLOSE_POLICY_VIOLATION = 1008;
/** Message Too Big. */
export const CLOSE_MESSAGE_TOO_BIG = 1009;
/** Mandatory Ext.: the server did not negotiate an extension the client cannot do without. */
export const CLOSE_MANDATORY_EXTENSION = 1010;
/** Internal Error. */
export const CLOSE_INTERNAL_ERROR = 1011;
/** Service Restart: come back, not all at once. */
export const CLOSE_SERVICE_RESTART = 1012;
/** Try Again Later: overloaded. */
export const CLOSE_TRY_AGAIN_LATER = 1013;
/** Bad Gateway: the server behind this one gave an invalid response. */
export const CLOSE_BAD_GATEWAY = 1014;
/** TLS handshake failure. Never on the wire. */
export const CLOSE_TLS_HANDSHAKE = 1015;

/**
 * Whether `code` may stand in a Close frame: 1000-1003 and 1007-1014 by the registry, 3000-4999 for
 * libraries and applications (RFC 6455 §7.4.2). 1004 is reserved without a meaning; 1005, 1006 and 1015
 * "MUST NOT be set as a status code in a Close control frame" (§7.4.1).
 */
export function isValidCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (
    (code >= CLOSE_NORMAL && code <= CLOSE_UNSUPPORTED_DATA) ||
    (code >= CLOSE_INVALID_PAYLOAD_DATA && code <= CLOSE_BAD_GATEWAY) ||
    (code >= 3000 && code <= 4999)
  );
}
