// A small SMTP server (RFC 5321) with STARTTLS, TLS and AUTH PLAIN, for one test.

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Ending } from './harness.ts';

export interface SmtpOptions {
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** TLS from the start. */
  readonly implicit?: boolean;
  /** "user:password"; without it, no login is required. */
  readonly login?: string;
  /** The replies to the end of each message; "250 taken" after the last one. */
  readonly answers?: string[];
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly encrypted: boolean;
}

export interface Smtp {
  readonly port: number;
  readonly mails: readonly Mail[];
}

export async function smtp(t: Ending, options: SmtpOptions = {}): Promise<Smtp> {
  const mails: Mail[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    const start = options.implicit ? secured(socket, options) : socket;
    start.write('220 test ESMTP\r\n');
    talk(start, options, mails, options.implicit === true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, mails };
}

function secured(socket: Socket, { cert, key }: SmtpOptions): TLSSocket {
  const tls = new TLSSocket(socket, { isServer: true, ...(cert && key ? { cert, key } : {}) });
  tls.on('error', () => {});
  return tls;
}

function talk(socket: Socket, options: SmtpOptions, mails: Mail[], encrypted: boolean): void {
  let waiting = '';
  let from = '';
  let to: string[] = [];
  let inData = false;
  const answer = (line: string): void => {
    const command = line.slice(0, 4).toUpperCase();
    const send = (text: string): void => void socket.write(`${text}\r\n`);
    if (command === 'EHLO') {
      send('250-test');
      if (!encrypted && options.cert) send('250-STARTTLS');
      if (options.login !== undefined) send('250-AUTH PLAIN');
      send('250 8BITMIME');
      return;
    }
    if (command === 'STAR' && options.cert) {
      send('220 go ahead');
      socket.removeListener('data', onData);
      talk(secured(socket, options), options, mails, true);
      return;
    }
    if (command === 'AUTH') {
      const [, user, password] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .toString()
        .split('\0');
      send(`${user}:${password}` === options.login ? '235 welcome' : `535 5.7.8 wrong password ${password}`);
      return;
    }
    if (command === 'MAIL') from = line;
    if (command === 'RCPT') to.push(line);
    if (command === 'DATA') {
      inData = true;
      send('354 end with a dot');
      return;
    }
    send(command === 'QUIT' ? '221 bye' : command === 'STAR' ? '502 not here' : '250 fine');
  };
  const onData = (chunk: Buffer): void => {
    waiting += chunk.toString();
    for (;;) {
      const end = waiting.indexOf(inData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const part = waiting.slice(0, end);
      waiting = waiting.slice(end + (inData ? 5 : 2));
      if (!inData) {
        answer(part);
        continue;
      }
      inData = false;
      const reply = options.answers?.shift() ?? '250 taken';
      if (reply.startsWith('2')) mails.push({ from, to, text: part, encrypted });
      to = [];
      socket.write(`${reply}\r\n`);
    }
  };
  socket.on('data', onData);
}
