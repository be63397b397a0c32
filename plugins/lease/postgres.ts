// lease/postgres: a lock in a PostgreSQL database that exactly one of several camd instances holds; it ends with its connection.

import type { Client } from 'pg';
import { defineNode, type Lease } from '../../core/contract/plugin.ts';
import type { LeasePostgresOptions } from '../../schemas/lease/postgres.ts';
import { connectPostgres } from '../kit/sql/postgres.ts';
import { describe } from '../kit/sql/values.ts';

const TRY_LOCK = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as held';

export default defineNode<LeasePostgresOptions>({
  start(node) {
    const { options, clock } = node;
    const listeners = new Set<(held: boolean) => void>();
    let held = false;
    const set = (now: boolean): void => {
      if (held === now) return;
      held = now;
      node.metrics.count(now ? 'acquired_total' : 'lost_total');
      node.log.info(now ? 'lease acquired' : 'lease lost', { name: options.name });
      for (const listener of [...listeners]) listener(now);
    };

    const compete = async (client: Client, signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        if (held) await client.query('select 1');
        else {
          const { rows } = await client.query<{ held: boolean }>(TRY_LOCK, [options.name]);
          set(rows[0]?.held === true);
        }
        node.healthy();
        await clock.sleep(options.every, signal).catch(() => {});
      }
    };
    node.task(async (signal) => {
      while (!signal.aborted) {
        let client: Client | undefined;
        try {
          client = await connectPostgres(options.url, options.timeout, 'lease/postgres needs');
          // The lock ends with the connection.
          client.once('end', () => set(false));
          await compete(client, signal);
        } catch (cause) {
          set(false);
          if (!signal.aborted) {
            node.degraded(`The lease "${options.name}" cannot be requested: ${describe(cause)}. camd keeps trying.`);
          }
        } finally {
          set(false);
          await client?.end().catch(() => {});
        }
        if (!signal.aborted) await clock.sleep(options.every, signal).catch(() => {});
      }
    });
    node.metrics.gauge('held', () => (held ? 1 : 0));

    const lease: Lease = {
      get held() {
        return held;
      },
      watch(listener) {
        listeners.add(listener);
        listener(held);
        return () => void listeners.delete(listener);
      },
    };
    return { lease };
  },
});
