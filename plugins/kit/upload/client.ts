// The HTTP client of one uploader: keeps its connections open between two pictures.

import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { Clock } from '../../../core/base/clock.ts';
import { environment, sentence } from '../../../core/contract/problems.ts';
import { createHttpClient, type HttpClient } from '../http/fetch.ts';

export interface UploadClientOptions {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly connections: number;
  /** Path of PEM certificates to trust in addition to the usual ones. */
  readonly ca: string | undefined;
  readonly clock: Clock;
}

export async function createUploadClient(options: UploadClientOptions): Promise<HttpClient> {
  const { everyMs, timeoutMs, connections, clock } = options;
  const ca = options.ca === undefined ? {} : { ca: [...rootCertificates, await readAuthority(options.ca)] };
  return createHttpClient({ connections, connectTimeout: timeoutMs, idle: everyMs + timeoutMs, clock, ...ca });
}

async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw environment(
      'unreadable-ca',
      `The certificates of "ca" cannot be read (${sentence(cause)}). Set it to a PEM file that camd may read.`,
      cause,
    );
  }
}
