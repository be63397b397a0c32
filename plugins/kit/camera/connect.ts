// Opens a TCP or TLS connection to a camera; accepts self-signed certificates, other names and old versions where allowed.

import { isIP, type NetConnectOpts, connect as openTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as openTls, type TLSSocket } from 'node:tls';
import { socketHost } from '../../../core/base/zone.ts';
import { readInto } from '../image/read-buffer.ts';

export interface CameraTls {
  /** PEM text of authorities to trust instead of the system's. */
  readonly ca?: string | Buffer;
  /** False accepts any certificate. Default true. */
  readonly verify?: boolean;
  /** SHA-256 of the only certificate that is accepted, whatever its name and issuer. */
  readonly fingerprint?: string;
  /** The oldest accepted version. Below 1.2, ciphers and keys of that time are allowed as well. */
  readonly minVersion?: '1.0' | '1.1' | '1.2' | '1.3';
}

export interface ConnectOptions {
  readonly tls: CameraTls;
  /** The network interface for link-local addresses. */
  readonly zone: string | undefined;
  /** Milliseconds until the connection must be established, TLS included. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** The bytes are valid only during the call. */
  readonly onBytes: (chunk: Buffer) => void;
}

/** TCP keep-alive, to detect cameras that vanish without closing the connection. */
const KEEP_ALIVE_MS = 10_000;
const VERSIONS = { '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;
const OLD_CIPHERS = 'DEFAULT:@SECLEVEL=0';

/** Rejects with an error of the system or of TLS, or with an error that describes the problem with the certificate. */
export function openConnection(url: URL, options: ConnectOptions): Promise<Socket> {
  const { signal, timeout, tls } = options;
  signal.throwIfAborted();
  const isSecure = url.protocol === 'https:';
  const socket = isSecure ? secure(url, options) : plain(url, options);
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket
        .off('error', fail)
        .off('close', closed)
        .on('error', () => {});
    };
    const fail = (cause: unknown): void => {
      settle();
      socket.destroy();
      reject(cause);
    };
    const stop = (): void => fail(signal.reason);
    const closed = (): void => fail(coded('ECONNRESET', 'the connection was closed'));
    const timer = setTimeout(() => fail(coded('ETIMEDOUT', 'it did not answer in time')), timeout);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('error', fail).once('close', closed);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      const wrong = isSecure ? mistrust(socket as TLSSocket, tls) : undefined;
      if (wrong) return fail(wrong);
      settle();
      resolve(socket);
    });
  });
}

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

const target = (url: URL, zone: string | undefined): { host: string; port: number } => ({
  host: socketHost(url.hostname, zone),
  port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
});

function plain(url: URL, { onBytes, zone }: ConnectOptions): Socket {
  const options: NetConnectOpts = {
    ...target(url, zone),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    onread: readInto(onBytes),
  };
  return openTcp(options);
}

function secure(url: URL, { tls, onBytes, zone }: ConnectOptions): TLSSocket {
  const { host, port } = target(url, zone);
  const isOld = tls.minVersion === '1.0' || tls.minVersion === '1.1';
  const options: ConnectionOptions = {
    host,
    port,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    // Checked below, before the first byte is sent, so that the error can name the certificate.
    rejectUnauthorized: false,
    ...(tls.minVersion === undefined ? {} : { minVersion: VERSIONS[tls.minVersion] }),
    ...(isOld ? { ciphers: OLD_CIPHERS } : {}),
  };
  return openTls(options).setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS).on('data', onBytes);
}

/** Why the camera's certificate is rejected; undefined: it is accepted. The fingerprint of a certificate is public. */
function mistrust(socket: TLSSocket, tls: CameraTls): Error | undefined {
  const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? 'none';
  if (tls.fingerprint !== undefined) {
    if (bare(shown) === bare(tls.fingerprint)) return undefined;
    return coded(
      'ERR_CAMERA_CERTIFICATE',
      `its TLS certificate has the fingerprint ${shown}, not that of "tls.fingerprint"`,
    );
  }
  if (socket.authorized || tls.verify === false) return undefined;
  const code = String(socket.authorizationError);
  const { why, byAuthority } = CERTIFICATES[code] ?? {
    why: `its TLS certificate is not trusted (${code})`,
    byAuthority: true,
  };
  const authority = byAuthority ? ', or "tls.ca" to a file with its certificate' : '';
  return coded(
    'ERR_CAMERA_CERTIFICATE',
    `${why}; if it is the camera's own, set "tls.fingerprint" to "${shown}"${authority}`,
  );
}

/** `byAuthority`: the certificate would be accepted if its authority were trusted. */
const CERTIFICATES: Readonly<Record<string, { readonly why: string; readonly byAuthority: boolean }>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: { why: 'its TLS certificate is self-signed', byAuthority: true },
  SELF_SIGNED_CERT_IN_CHAIN: { why: 'its TLS certificate is signed by an unknown authority', byAuthority: true },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { why: 'its TLS certificate is signed by an unknown authority', byAuthority: true },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    why: 'its TLS certificate is signed by an unknown authority',
    byAuthority: true,
  },
  CERT_HAS_EXPIRED: { why: 'its TLS certificate has expired', byAuthority: false },
  ERR_TLS_CERT_ALTNAME_INVALID: { why: 'its TLS certificate is for another host name', byAuthority: false },
};

/** The hexadecimal digits alone, without separators and in lower case. */
const bare = (fingerprint: string): string => fingerprint.replaceAll(/[^0-9a-f]/gi, '').toLowerCase();
