// nginx with one worker and one picture as a plain file: the baseline for snapshots.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pictureFolder } from '../pictures.ts';
import { freePort } from '../programs.ts';
import { startCommand } from './command.ts';
import type { Peer } from './peer.ts';

export const nginx: Peer = {
  name: 'nginx, a plain file',
  program: 'nginx',
  async start() {
    const folder = mkdtempSync(join(tmpdir(), 'camd-bench-nginx-'));
    mkdirSync(join(folder, 'www'));
    copyFileSync(join(pictureFolder(), '001.jpg'), join(folder, 'www', 'snapshot.jpg'));
    const port = await freePort();
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder};`,
    );
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; worker_processes 1; error_log ${folder}/error.log; pid ${folder}/pid;
       ${process.getuid?.() === 0 ? 'user root;' : ''}
       events { worker_connections 512; }
       http { access_log off; keepalive_requests 100000000; ${temporary.join(' ')} default_type image/jpeg;
         server { listen 127.0.0.1:${port}; root ${folder}/www; } }`,
    );
    const command = ['nginx', '-p', folder, '-c', 'nginx.conf', '-e', `${folder}/error.log`];
    const started = await startCommand(command, port);
    return {
      name: 'nginx, a plain file',
      pid: started.pid,
      snapshot: `http://127.0.0.1:${port}/snapshot.jpg`,
      async stop() {
        await started.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};
