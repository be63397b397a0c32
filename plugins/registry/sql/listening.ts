// Listens to a channel of PostgreSQL that names the cameras with changed rows. Reconnects after a lost connection.

import type { Client } from 'pg';
import type { Clock, Release } from '../../../core/contract/plugin.ts';
import { connectPostgres } from '../../kit/sql/postgres.ts';
import { createBackoff } from '../../kit/work/backoff.ts';

export interface ListeningOptions {
  readonly url: string;
  readonly channel: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  /** The camera named by a notification; undefined if any may have changed, such as during an interruption. */
  changed(camera: string | undefined): void;
  condition(why: string | undefined): void;
}

/** Changes within this many milliseconds are reported together. */
const GATHER_MS = 100;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Interval of the queries that check an idle connection. */
const PING_MS = 10_000;

export interface Listening {
  watch(listener: () => void): Release;
  run(signal: AbortSignal): Promise<void>;
}

export function createListening(options: ListeningOptions): Listening {
  const { clock, changed, condition } = options;
  const listeners = new Set<() => void>();
  let isNotifying = false;

  const notify = (camera: string | undefined): void => {
    changed(camera);
    if (isNotifying) return;
    isNotifying = true;
    void clock.sleep(GATHER_MS).then(() => {
      isNotifying = false;
      for (const listener of [...listeners]) listener();
    });
  };
  const listen = async (signal: AbortSignal): Promise<void> => {
    const client = await connectPostgres(options.url, options.timeout, 'registry/sql needs');
    try {
      await serve(client, signal);
    } finally {
      await client.end().catch(() => {});
    }
  };
  const serve = async (client: Client, signal: AbortSignal): Promise<void> => {
    client.on('notification', ({ payload }) => notify(payload === '' ? undefined : payload));
    await client.query(`listen ${client.escapeIdentifier(options.channel)}`);
    condition(undefined);
    notify(undefined);
    const gone = new AbortController();
    client.once('end', () => gone.abort());
    const ending = AbortSignal.any([signal, gone.signal]);
    while (!signal.aborted) {
      await clock.sleep(PING_MS, ending).catch(() => {});
      if (!signal.aborted) await client.query('select 1');
    }
  };

  return {
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async run(signal) {
      const backoff = createBackoff({ first: FIRST_PAUSE_MS, most: LONGEST_PAUSE_MS });
      while (!signal.aborted) {
        const began = clock.monotonic();
        const why = await listen(signal).then(
          () => undefined,
          (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
        );
        if (signal.aborted) return;
        if (clock.monotonic() - began > PING_MS) backoff.reset();
        condition(
          `The database reports no changes${why === undefined ? '' : ` (${why.replace(/\.$/, '')})`}; camd reconnects.`,
        );
        await clock.sleep(backoff.next(), signal).catch(() => {});
      }
    },
  };
}
