// Notifies systemd: READY, RELOADING, STOPPING, STATUS, WATCHDOG (sd_notify(3)).

import { spawn } from 'node:child_process';
import { hrtime } from 'node:process';

/** Time limit for sending a message; after that it is dropped. Milliseconds. */
const SEND_MS = 5_000;
/** STATUS lines are truncated to this. Characters. */
const MAX_STATUS = 200;

export interface Notifier {
  /** `status` is called only if systemd listens. */
  ready(status: () => string): void;
  reloading(): void;
  stopping(): void;
  status(text: string): void;
  /** Resolves when all messages have been sent. */
  close(): Promise<void>;
}

export interface NotifyOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Sends the lines in one message; the default is the program systemd-notify. */
  send?(lines: readonly string[]): Promise<void>;
}

/**
 * Node.js has no unix datagram sockets, so systemd-notify sends each message, in order, one at a time. It waits until systemd has read
 * the message, so that it is attributed to our unit; the unit needs NotifyAccess=all.
 */
export function createNotifier({ env, pid, send = systemdNotify(env) }: NotifyOptions): Notifier {
  const listening = (env.NOTIFY_SOCKET ?? '') !== '';
  let sent: Promise<void> = Promise.resolve();
  let lastStatus = '';
  const notify = (...lines: readonly string[]): void => {
    if (!listening) return;
    sent = sent.then(() => send(lines)).catch(() => {});
  };
  const statusLine = (text: string): string => {
    lastStatus = text.replaceAll('\n', ' ').slice(0, MAX_STATUS);
    return `STATUS=${lastStatus}`;
  };
  const period = watchdogPeriod(env, pid);
  const watchdog = listening && period !== undefined ? setInterval(() => notify('WATCHDOG=1'), period / 2) : undefined;
  watchdog?.unref();

  return {
    ready(status) {
      if (listening) notify('READY=1', statusLine(status()));
    },
    // Type=notify-reload (systemd 253) requires both in one message; older versions ignore the second.
    reloading: () => notify('RELOADING=1', `MONOTONIC_USEC=${hrtime.bigint() / 1000n}`),
    stopping() {
      clearInterval(watchdog);
      notify('STOPPING=1');
    },
    status(text) {
      if (text.slice(0, MAX_STATUS) !== lastStatus) notify(statusLine(text));
    },
    async close() {
      clearInterval(watchdog);
      await sent;
    },
  };
}

/** Most milliseconds between two watchdog messages; undefined if none are required of this process. */
export function watchdogPeriod(env: NotifyOptions['env'], pid: number): number | undefined {
  const usec = Number(env.WATCHDOG_USEC);
  if (!Number.isFinite(usec) || usec <= 0) return undefined;
  if (env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== String(pid)) return undefined;
  return usec / 1000;
}

function systemdNotify(env: NotifyOptions['env']): (lines: readonly string[]) => Promise<void> {
  const own = { PATH: env.PATH, NOTIFY_SOCKET: env.NOTIFY_SOCKET };
  return (lines) =>
    new Promise((resolve, reject) => {
      const child = spawn('systemd-notify', [...lines], { stdio: 'ignore', timeout: SEND_MS, env: own });
      child.once('error', reject);
      child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`systemd-notify ended with ${code}`))));
    });
}
