// A real vsftpd on a free loopback port, with the configuration of docs/ftp.md except for the parts that need root.

import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Ending } from './harness.ts';
import { until } from './until.ts';

/** Replaces system users, who can log in only with root, by an anonymous user with the same permissions. */
const UNPRIVILEGED = {
  background: 'NO',
  run_as_launching_user: 'YES',
  seccomp_sandbox: 'NO',
  local_enable: 'NO',
  anonymous_enable: 'YES',
  no_anon_password: 'YES',
  anon_upload_enable: 'YES',
  anon_mkdir_write_enable: 'YES',
  anon_other_write_enable: 'YES',
  ftp_username: 'root',
};

/** Serves `folder`; `folder` itself must not be writable for vsftpd's user unless that is root. Returns the URL. */
export async function vsftpd(t: Ending, folder: string): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'camd-vsftpd-'));
  const port = await freePort();
  const documented = /```ini vsftpd\.conf\n([\s\S]*?)```/.exec(readFileSync('docs/ftp.md', 'utf8'))?.[1] ?? '';
  const lines = documented.split('\n').filter((line) => /^\w+=/.test(line));
  const settings = new Map(lines.map((line) => line.split('=') as [string, string]));
  for (const [name, value] of Object.entries(UNPRIVILEGED)) settings.set(name, value);
  for (const name of ['userlist_enable', 'userlist_deny', 'userlist_file', 'pam_service_name', 'chroot_local_user'])
    settings.delete(name);
  const own = { listen_address: '127.0.0.1', listen_port: String(port), anon_root: folder, secure_chroot_dir: home };
  for (const [name, value] of Object.entries(own)) settings.set(name, value);
  settings.set('anon_umask', settings.get('local_umask') ?? '');
  const file = join(home, 'vsftpd.conf');
  writeFileSync(file, [...settings].map(([name, value]) => `${name}=${value}\n`).join(''));
  chmodSync(file, 0o600);
  const child = spawn('/usr/sbin/vsftpd', [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
  t.teardown(() => {
    child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`vsftpd has ended: ${output}`);
      return greeting(port);
    },
    () => `vsftpd to answer: ${output}`,
  );
  return `ftp://127.0.0.1:${port}`;
}

const greeting = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (data: Buffer) => resolve(data.toString().startsWith('220'))).on('error', () => resolve(false));
    socket.on('data', () => socket.destroy());
  });
