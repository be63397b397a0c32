// Real PostgreSQL and MariaDB servers on free ports, with their files in a temporary folder.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Ending } from './harness.ts';
import { until } from './until.ts';

export interface DatabaseServer {
  readonly port: number;
  /** For registry/sql. */
  readonly url: string;
  run(sql: string): void;
  /** Stops the server immediately, without a shutdown; resolves after its end. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with its stored data. */
  start(): Promise<void>;
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

export async function postgres(t: Ending): Promise<DatabaseServer> {
  // PostgreSQL refuses to run as root.
  const account = accountOf('postgres');
  const folder = folderOf('camd-postgres-', account);
  const bin = `/usr/lib/postgresql/${readdirSync('/usr/lib/postgresql').sort().at(-1)}/bin`;
  const data = join(folder, 'data');
  const port = await freePort();
  const initdb = ['-D', data, '-U', 'camd', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  execFileSync(join(bin, 'initdb'), initdb, { stdio: 'ignore', cwd: folder, ...account });
  const run = (sql: string) =>
    void execFileSync('psql', ['-h', '127.0.0.1', '-p', String(port), '-U', 'camd', '-qc', sql, 'postgres'], {
      stdio: 'pipe',
      cwd: folder,
    });
  const server = serverOf(
    t,
    folder,
    () =>
      spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-F'], {
        stdio: 'ignore',
        cwd: folder,
        ...account,
      }),
    () => run('select 1'),
    // SIGKILL would leave its children running, which would prevent the next start.
    'SIGQUIT',
  );
  await server.start();
  return { port, url: `postgres://camd:secret@127.0.0.1:${port}/postgres`, run, ...server };
}

export async function mariadb(t: Ending): Promise<DatabaseServer> {
  const account = accountOf('mysql');
  const folder = folderOf('camd-mariadb-', account);
  const port = await freePort();
  const socket = join(folder, 'socket');
  const run = (sql: string) =>
    void execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '-e', sql], { stdio: 'pipe' });
  // An empty folder is enough: without grant tables, nothing must be installed in it.
  const options = [
    '--skip-grant-tables',
    '--skip-log-bin',
    '--innodb-buffer-pool-size=16M',
    '--innodb-log-file-size=4M',
  ];
  const server = serverOf(
    t,
    folder,
    () =>
      spawn(
        'mariadbd',
        [
          '--no-defaults',
          `--datadir=${folder}`,
          `--socket=${socket}`,
          `--port=${port}`,
          '--bind-address=127.0.0.1',
          `--pid-file=${join(folder, 'pid')}`,
          ...options,
        ],
        { stdio: 'ignore', cwd: folder, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, ...account },
      ),
    () => run('select 1'),
    'SIGKILL',
  );
  await server.start();
  run('create database if not exists camd');
  return { port, url: `mariadb://camd:secret@127.0.0.1:${port}/camd`, run, ...server };
}

function serverOf(
  t: Ending,
  folder: string,
  launch: () => ChildProcess,
  ask: () => void,
  signal: NodeJS.Signals,
): Pick<DatabaseServer, 'kill' | 'start'> {
  let child: ChildProcess | undefined;
  const kill = async () => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
  };
  t.teardown(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  });
  return {
    kill,
    async start() {
      child = launch();
      await until(() => succeeds(ask), 'the database to answer');
    },
  };
}

function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** The account for a server if the tests run as root. */
function accountOf(name: string): Account {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function folderOf(prefix: string, { uid, gid }: Account): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}
