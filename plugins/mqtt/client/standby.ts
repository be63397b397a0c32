// Allows one of several camd instances at a time to use a session: the active one sends signs, the others wait until the signs stop.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/contract/plugin.ts';
import { type Connection, openConnection } from './connection.ts';
import type { ConnectionOptions } from './options.ts';

/** Number of signs per `takeover_after`. */
const SIGNS = 4;
/** Range in milliseconds of the random wait of the other instances after a connection has ended. */
const GRACE_MS = { least: 100, most: 400 };

const ACTIVE = 'online';
const ENDED = 'offline';

export interface Standby {
  readonly topic: string;
  /** Milliseconds without a sign after which the active instance counts as gone. */
  readonly takeoverAfter: number;
}

export interface StandbyHost {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Time limit for the broker to accept a connection, in milliseconds. */
  readonly timeout: number;
  /** Another camd uses the session. */
  onStandby(): void;
}

/** `free`: the session is not in use now. `afterOther`: another camd has used it until now. */
export type Turn =
  | { readonly is: 'free'; readonly afterOther: boolean }
  | { readonly is: 'unreachable'; readonly why: string };

/** The broker publishes this when the connection of the active instance ends. */
export const willOf = (topic: string) => ({ topic, payload: Buffer.from(ENDED), qos: 1 as const, retain: false });

/** Resolves when this camd may use the session, or if the broker cannot be reached. */
export async function waitForTurn(standby: Standby, options: ConnectionOptions, host: StandbyHost): Promise<Turn> {
  const { clock, signal } = host;
  const opened = await openConnection(standbyOptions(options), host.timeout, signal);
  if (!('connection' in opened)) return { is: 'unreachable', why: opened.why };
  const { connection } = opened;
  const between = (least: number, most: number): number => least + Math.random() * (most - least);
  const silence = () => between(standby.takeoverAfter, standby.takeoverAfter * 1.25);
  let afterOther = false;
  let dueAt = clock.monotonic() + silence();
  let wake = (): void => {};
  connection.onMessage(1, async ({ payload }) => {
    const isActive = payload.toString() === ACTIVE;
    if (isActive && !afterOther) host.onStandby();
    afterOther ||= isActive;
    // An instance that takes over ends the connection of its predecessor, so this message may be followed by the sign of a third one.
    dueAt = clock.monotonic() + (isActive ? silence() : between(GRACE_MS.least, GRACE_MS.most));
    wake();
  });
  try {
    await connection.subscribe(standby.topic, 0);
  } catch (cause) {
    connection.end(String(cause));
  }
  const ended = connection.ended.then((why) => ({ is: 'unreachable' as const, why }));
  for (;;) {
    const wait = dueAt - clock.monotonic();
    if (wait <= 0) break;
    const turned = new AbortController();
    const woken = new Promise<undefined>((resolve) => {
      wake = () => resolve(undefined);
    });
    const slept = clock.sleep(wait, AbortSignal.any([turned.signal, signal])).catch(() => undefined);
    const outcome = await Promise.race([ended, woken, slept]);
    turned.abort();
    if (outcome) return outcome;
  }
  connection.end('it is the turn of this camd');
  await connection.ended;
  return { is: 'free', afterOther };
}

/** Publishes signs that this camd uses the session, immediately and then until the connection ends. */
export async function publishSigns(
  { topic, takeoverAfter }: Standby,
  connection: Connection,
  clock: Clock,
): Promise<void> {
  while (!connection.signal.aborted) {
    await connection.publish(topic, ACTIVE, { qos: 0, retain: false }).catch(() => {});
    await clock.sleep(takeoverAfter / SIGNS, connection.signal).catch(() => {});
  }
}

/** The connection of a waiting instance, with a separate id and session. */
function standbyOptions(options: ConnectionOptions): ConnectionOptions {
  const { will: _will, properties: _properties, ...mqtt } = options.mqtt;
  const clientId = `${mqtt.clientId}-standby-${randomBytes(6).toString('hex')}`;
  return { ...options, mqtt: { ...mqtt, clientId, clean: true } };
}
