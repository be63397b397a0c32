// Lets one of several camd at a time use a session: the active one says so again and again, and the others wait until it falls silent.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/contract/plugin.ts';
import { type Connection, openConnection } from './connection.ts';
import type { ConnectionOptions } from './options.ts';

/** How often the active one says so within `takeover_after`. */
const SIGNS = 4;
/** Milliseconds that the others leave each other after a connection has ended, drawn from this range. */
const GRACE_MS = { least: 100, most: 400 };

const ACTIVE = 'online';
const ENDED = 'offline';

export interface Standby {
  readonly topic: string;
  /** Milliseconds of silence after which the active one counts as gone. */
  readonly takeoverAfter: number;
}

export interface StandbyHost {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds that the broker may take to accept a connection. */
  readonly timeout: number;
  /** Another camd uses the session. */
  onStandby(): void;
}

/** `free`: nobody uses the session now. `afterOther`: another camd has used it until now. */
export type Turn =
  | { readonly is: 'free'; readonly afterOther: boolean }
  | { readonly is: 'unreachable'; readonly why: string };

/** The broker publishes this when the connection of the active one ends. */
export const willOf = (topic: string) => ({ topic, payload: Buffer.from(ENDED), qos: 1 as const, retain: false });

/** Resolves when this camd may use the session, or when the broker cannot be reached. */
export async function waitForTurn(standby: Standby, options: ConnectionOptions, host: StandbyHost): Promise<Turn> {
  const { clock, signal } = host;
  const opened = await openConnection(watching(options), host.timeout, signal);
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
    // The one that takes over ends the connection of the other, so this message may be followed by the sign of a third one.
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

/** Says that this camd uses the session, at once and then until the connection ends. */
export async function saySigns({ topic, takeoverAfter }: Standby, connection: Connection, clock: Clock): Promise<void> {
  while (!connection.signal.aborted) {
    await connection.publish(topic, ACTIVE, { qos: 0, retain: false }).catch(() => {});
    await clock.sleep(takeoverAfter / SIGNS, connection.signal).catch(() => {});
  }
}

/** The connection of one that waits: with an id and a session of its own. */
function watching(options: ConnectionOptions): ConnectionOptions {
  const { will: _will, properties: _properties, ...mqtt } = options.mqtt;
  const clientId = `${mqtt.clientId}-standby-${randomBytes(6).toString('hex')}`;
  return { ...options, mqtt: { ...mqtt, clientId, clean: true } };
}
