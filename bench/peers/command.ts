// Starts a peer's command on the server's processor and waits for its HTTP port.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pinned, SERVER_CPU } from '../programs.ts';

/** Time limit for a peer to listen, in milliseconds. */
const PATIENCE = 20_000;
const RETRY = 50;

export interface Started {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Rejects if the command ends, or does not listen on 127.0.0.1:port in time. */
export async function startCommand(command: readonly string[], port: number, env = process.env): Promise<Started> {
  const child = pinned(SERVER_CPU, command, 'ignore', env);
  // Its children only end with it on an orderly exit.
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    await ended;
    clearTimeout(late);
  };
  const deadline = performance.now() + PATIENCE;
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${command[0]} has ended with ${child.exitCode}`);
    if (performance.now() > deadline) {
      await stop();
      throw new Error(`${command[0]} does not listen on port ${port}`);
    }
    await sleep(RETRY);
  }
  return { pid: child.pid ?? 0, stop };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
