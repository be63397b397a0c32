// nginx, Apache, Caddy and HAProxy with a given piece of configuration, completed here; stopped at the end of the test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { folderWith } from './cli.ts';
import type { Ending } from './harness.ts';
import { until } from './until.ts';

export type ReverseProxy = 'nginx' | 'apache' | 'caddy' | 'haproxy';

interface Frame {
  /** The whole configuration, with the piece. */
  file(piece: string, folder: string, port: number): string;
  argv(folder: string): readonly [string, ...string[]];
}

const FILE = 'proxy.conf';
const APACHE_MODULES = ['mpm_event', 'authz_core', 'headers', 'socache_shmcb', 'ssl', 'http2', 'proxy', 'proxy_http'];

const FRAMES: Readonly<Record<ReverseProxy, Frame>> = {
  nginx: {
    file: (piece, folder) => {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
      const paths = temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
      return `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
        events {} http { access_log off; ${paths} ${piece} }`;
    },
    argv: (folder) => ['nginx', '-e', 'stderr', '-p', folder, '-c', join(folder, FILE)],
  },
  apache: {
    file: (piece, folder, port) => `ServerRoot ${folder}
      ${APACHE_MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
      ${process.getuid?.() === 0 ? 'User daemon\nGroup daemon' : ''}
      DefaultRuntimeDir ${folder}
      Mutex file:${folder} default
      PidFile pid
      ServerName localhost
      ErrorLog /dev/stderr
      LogLevel crit
      Listen 127.0.0.1:${port}
      ${piece}
      `,
    argv: (folder) => ['apache2', '-D', 'FOREGROUND', '-f', join(folder, FILE)],
  },
  caddy: {
    file: (piece) => `{
      admin off
      auto_https disable_redirects
      default_bind 127.0.0.1
      log {
        level ERROR
      }
    }
    ${piece}`,
    argv: (folder) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', join(folder, FILE)],
  },
  haproxy: {
    file: (piece) => `${piece}\n`,
    argv: (folder) => ['haproxy', '-q', '-db', '-f', join(folder, FILE)],
  },
};

/** Runs it until the end of the test; resolves once it listens on `port`, which `piece` must contain. */
export async function reverseProxy(t: Ending, program: ReverseProxy, piece: string, port: number): Promise<void> {
  const frame = FRAMES[program];
  const folder = folderWith(t, {});
  writeFileSync(join(folder, FILE), frame.file(piece, folder, port));
  const log = join(folder, 'log');
  const [command, ...args] = frame.argv(folder);
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', openSync(log, 'w')],
    env: { PATH: `${process.env.PATH}:/usr/sbin`, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await until(() => {
    if (child.exitCode !== null)
      throw new Error(`${program} ended with ${child.exitCode}: ${readFileSync(log, 'utf8')}`);
    return listens(port);
  }, `${program} to listen`);
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.on('connect', () => answer(true)).on('error', () => answer(false));
  });
