// The keep-alive connections of one uploader.

import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';
import { environment, sentence } from '../../../core/contract/problems.ts';

/** A server may close an idle connection sooner; it says so in Keep-Alive, which undici heeds. Milliseconds. */
const MOST_IDLE = 600_000;
const MAX_HEADER_BYTES = 16 * 1024;

export interface AgentOptions {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly connections: number;
  /** Path of PEM certificates to trust besides the usual ones. */
  readonly ca: string | undefined;
}

export async function createUploadAgent(options: AgentOptions): Promise<Agent> {
  const ca = options.ca === undefined ? undefined : [...rootCertificates, await readAuthority(options.ca)];
  return new Agent({
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: Math.min(MOST_IDLE, options.everyMs + options.timeoutMs),
    keepAliveMaxTimeout: MOST_IDLE,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: { timeout: options.timeoutMs, ...(ca === undefined ? {} : { ca }) },
    // One deadline for the whole exchange is kept by the caller.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw environment('unreadable-ca', `cannot read the certificates in "ca": ${sentence(cause)}`, cause);
  }
}
