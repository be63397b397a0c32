// Opens one connection as a client would; describes a failure and gives a command that shows more.

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { errorCode, reason } from '../../../core/base/reason.ts';
import type { Observation } from '../../../core/contract/plugin.ts';

/** Milliseconds until a connection must be established, TLS included. */
export const CONNECT_MS = 5_000;

export interface Tls {
  /** PEM texts of authorities to trust besides the system's. */
  readonly ca?: string;
  /** False accepts any certificate. */
  readonly verify?: boolean;
}

export interface Endpoint {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** undefined: without TLS. */
  readonly tls?: Tls;
}

/** Rejects with the cause if the connection fails. The caller destroys the socket. */
export function openSocket({ host, port, tls }: Endpoint, signal: AbortSignal, ms = CONNECT_MS): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({
          host,
          port,
          rejectUnauthorized: tls.verify ?? true,
          // SNI does not allow addresses (RFC 6066 §3).
          ...(isIP(host) ? {} : { servername: host }),
          ...(tls.ca === undefined ? {} : { ca: [...rootCertificates, tls.ca] }),
        })
      : connect({ host, port });
    const timer = setTimeout(() => socket.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })), ms);
    const abort = (): void => void socket.destroy(new Error('it was interrupted'));
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      settle();
      resolve(socket);
    });
    socket.once('error', (cause) => {
      settle();
      reject(cause);
    });
  });
}

/** The observation for a failed connection. `what` is the subject of its message, such as "The broker mqtt://nas:1883". */
export function failedConnection(what: string, option: string, endpoint: Endpoint, cause: unknown): Observation {
  return {
    is: 'wrong',
    code: 'unreachable',
    option,
    message: `${what} is unreachable: ${reason(cause)}.`,
    fix: command(endpoint, errorCode(cause) ?? ''),
  };
}

const LOCAL = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;
const NO_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const CERTIFICATE = /CERT|SSL|SIGNED|SIGNATURE|ISSUER/;

function command({ host, port, tls }: Endpoint, code: string): string {
  const name = quoted(host);
  if (NO_NAME.has(code)) return `getent hosts ${name}`;
  if (tls && CERTIFICATE.test(code))
    return `openssl s_client -showcerts -connect ${quoted(`${host.includes(':') ? `[${host}]` : host}:${port}`)} </dev/null`;
  if (code === 'ECONNREFUSED') {
    return LOCAL.test(host) ? `sudo ss -ltnp 'sport = :${port}'` : `nc -vz ${name} ${port}`;
  }
  return `ping -c 3 ${name}`;
}

/** The text as one word for a shell. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
