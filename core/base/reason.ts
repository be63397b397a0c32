// Turns system error codes into readable reasons for a failed connection.

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing is listening there',
  ECONNRESET: 'the other side reset the connection',
  EPIPE: 'the other side closed the connection',
  ETIMEDOUT: 'it did not answer in time',
  EHOSTUNREACH: 'there is no route to that host',
  ENETUNREACH: 'there is no route to that network',
  EHOSTDOWN: 'that host is down',
  ENOTFOUND: 'that host name is unknown',
  EAI_AGAIN: 'the name server did not answer',
  ENOENT: 'that socket does not exist',
  EACCES: 'permission was denied',
  EPERM: 'permission was denied',
  EADDRINUSE: 'the address is already in use',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EMFILE: 'this process has no free file descriptor',
  ENFILE: 'this machine has no free file descriptor',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it accepted the connection but sent no answer in time',
  UND_ERR_BODY_TIMEOUT: 'it stopped in the middle of its answer',
  UND_ERR_SOCKET: 'the other side closed the connection',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'it sent a body of a different length than it announced',
  UND_ERR_HEADERS_OVERFLOW: 'its response headers are too large',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its TLS certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its TLS certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its TLS certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its TLS certificate is signed by an unknown authority',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'that port does not use TLS',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks only an old version of TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks only an old version of TLS',
  ERR_SSL_WRONG_SSL_VERSION: 'it speaks only an old version of TLS',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it has no TLS version or cipher in common with camd',
  ERR_SSL_DH_KEY_TOO_SMALL: 'its TLS keys are too short',
  ERR_SSL_EE_KEY_TOO_SMALL: 'its TLS keys are too short',
  EMPTY: 'the other side closed the connection without an answer',
};

/** A phrase such as "nothing is listening there", from any error of a socket or undici. */
export function reason(thrown: unknown): string {
  const code = errorCode(thrown);
  if (code !== undefined && REASONS[code] !== undefined) return REASONS[code];
  if (code?.startsWith('HPE_') || isParserError(thrown)) return 'its answer is not valid HTTP';
  if (thrown instanceof Error) return openSsl(thrown.message) ?? (thrown.message || code || thrown.name);
  return String(thrown);
}

/** The text of an OpenSSL error such as "80:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert…:file.c:1:". */
function openSsl(message: string): string | undefined {
  const words = /error:[0-9A-F]+:[^:]*:[^:]*:([^:\n]+)/i.exec(message)?.[1];
  return words === undefined ? undefined : `TLS failed: ${words}`;
}

/** The system error code, also that of the cause or of the first of several attempts. */
export function errorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  // A name with several addresses fails with an AggregateError (RFC 8305 racing); its first error is the most useful.
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return errorCode(thrown.errors[0]);
  if ('code' in thrown && typeof thrown.code === 'string') {
    const inner = thrown.code === 'UND_ERR_SOCKET' ? errorCode(thrown.cause) : undefined;
    return inner ?? thrown.code;
  }
  return errorCode(thrown.cause);
}

/** undici's parser does not always set a code. */
const isParserError = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'HTTPParserError';
