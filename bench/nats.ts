// Starts a nats-server for a benchmark: Debian's, or the one in CAMD_TEST_NATS_SERVER.

import { type ChildProcess, spawn } from 'node:child_process';
import { connect as dial } from 'node:net';
import { freePort } from '../test/support/free-port.ts';

export interface Broker {
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** `more` are arguments, such as those that enable JetStream. */
export async function startBroker(more: readonly string[] = []): Promise<Broker> {
  const port = await freePort();
  const program = process.env.CAMD_TEST_NATS_SERVER ?? '/usr/sbin/nats-server';
  const argv = ['-a', '127.0.0.1', '-p', String(port), ...more];
  const child: ChildProcess = spawn(program, argv, { stdio: 'ignore' });
  for (let tries = 0; tries < 200 && !(await answers(port)); tries++) await wait(20);
  return { port, pid: child.pid ?? 0, stop: () => void child.kill() };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1');
    socket.once('data', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}
