// Signs requests to S3 with AWS Signature Version 4, in headers or in a URL. Pure. (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html)

import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

export interface Signing {
  readonly credentials: Credentials;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Unsigned {
  readonly method: string;
  readonly host: string;
  /** Encoded by `encodePath`, with a "/" in front. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. All of them are signed. */
  readonly headers?: Readonly<Record<string, string>>;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const UNSIGNED = 'UNSIGNED-PAYLOAD';

export const sha256Hex = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** RFC 3986: all characters except letters, digits and "-_.~" are escaped. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** A key as the path of a URL; its slashes stay. */
export const encodePath = (key: string): string => key.split('/').map(encode).join('/');

/** Sorted by name, as signatures require. */
export const queryOf = (query: Readonly<Record<string, string>>): string =>
  Object.entries(query)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

/** The headers of a signed request, except `host`, which the HTTP client sends. `payload`: the SHA-256 of its body in hex. */
export function signHeaders(request: Unsigned, payload: string, signing: Signing): Record<string, string> {
  const { sessionToken } = signing.credentials;
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-content-sha256': payload,
    'x-amz-date': stampOf(signing.now),
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const signed = { ...headers, host: request.host };
  const signature = signatureOf({ ...request, headers: signed }, payload, signing);
  const credential = `${signing.credentials.accessKey}/${scopeOf(signing)}`;
  return {
    ...headers,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${namesOf(signed)}, Signature=${signature}`,
  };
}

/** Path and query of a URL with a signature that is valid for `seconds`. Its user must send exactly the headers of the request. */
export function signUrl(request: Unsigned, seconds: number, signing: Signing): string {
  const { accessKey, sessionToken } = signing.credentials;
  const headers = { ...request.headers, host: request.host };
  const query = {
    ...request.query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${accessKey}/${scopeOf(signing)}`,
    'X-Amz-Date': stampOf(signing.now),
    'X-Amz-Expires': String(seconds),
    'X-Amz-SignedHeaders': namesOf(headers),
    ...(sessionToken === undefined ? {} : { 'X-Amz-Security-Token': sessionToken }),
  };
  const signature = signatureOf({ ...request, query, headers }, UNSIGNED, signing);
  return `${request.path}?${queryOf(query)}&X-Amz-Signature=${signature}`;
}

function signatureOf(request: Unsigned, payload: string, signing: Signing): string {
  const headers = Object.entries(request.headers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = [
    request.method,
    request.path,
    queryOf(request.query ?? {}),
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    headers.map(([name]) => name).join(';'),
    payload,
  ].join('\n');
  const text = [ALGORITHM, stampOf(signing.now), scopeOf(signing), sha256Hex(canonical)].join('\n');
  const day = hmac(`AWS4${signing.credentials.secretKey}`, stampOf(signing.now).slice(0, 8));
  const key = hmac(hmac(hmac(day, signing.region), 's3'), 'aws4_request');
  return hmac(key, text).toString('hex');
}

const namesOf = (headers: Readonly<Record<string, string>>): string => Object.keys(headers).sort().join(';');
const scopeOf = ({ now, region }: Signing): string => `${stampOf(now).slice(0, 8)}/${region}/s3/aws4_request`;
/** "20261120T120000Z" */
const stampOf = (now: number): string => `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
