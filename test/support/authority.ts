// A test certificate authority and a server certificate, created by openssl in a temporary folder.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ending } from './harness.ts';

export interface Authority {
  /** Path of the authority's certificate. */
  readonly ca: string;
  /** For the names, by default "localhost", and for 127.0.0.1. */
  readonly cert: Buffer;
  readonly key: Buffer;
}

export function authority(t: Ending, names: readonly string[] = ['localhost']): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'camd-ca-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

  openssl(
    'req',
    '-x509',
    ...curve,
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
    '-keyout',
    path('ca.key'),
    '-out',
    path('ca.pem'),
  );
  openssl('req', ...curve, '-subj', '/CN=localhost', '-keyout', path('key.pem'), '-out', path('request.pem'));
  writeFileSync(path('names'), `subjectAltName=${names.map((name) => `DNS:${name},`).join('')}IP:127.0.0.1\n`);
  openssl(
    ...['x509', '-req', '-in', path('request.pem'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'],
    ...['-days', '2', '-extfile', path('names'), '-out', path('cert.pem')],
  );
  return { ca: path('ca.pem'), cert: readFileSync(path('cert.pem')), key: readFileSync(path('key.pem')) };
}
