// retain/policy: runs retention rules over a store on a schedule.

import { Cron } from 'croner';
import { type Clock, defineNode, environment, type Node } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { RetainPolicyOptions } from '../../../schemas/retain/policy.ts';
import { zone } from '../../kit/time/zone.ts';
import { isClockSynchronised } from './clock-sync.ts';
import { type ClockReading, observe, startTrust } from './clock-trust.ts';
import type { Rules } from './plan.ts';
import { runOnce } from './run.ts';

/** Sleeps are split into pieces of this length, so that clock changes are detected. Milliseconds. */
const CHECK_CLOCK_MS = 60_000;
/** Delay of the first run after a start, so that the store's index and the sources are ready. Milliseconds. */
const FIRST_AFTER_MS = 10_000;
/** Pause between two runs while max_deletes cuts them short. Milliseconds. */
const BETWEEN_RUNS_MS = 1000;
const LEASE_LOST = 'Another camd may hold the lease now.';

export default defineNode<RetainPolicyOptions>({
  check({ max_age: maxAge, max_count: maxCount, max_bytes: maxBytes, thin = [] }, { id }) {
    if ([maxAge, maxCount, maxBytes].some((rule) => rule !== undefined) || thin.length > 0) return [];
    const message = `${id} has no rule and would never delete anything; set max_age, max_count, max_bytes or thin.`;
    return [{ option: 'thin', code: 'missing-option', message }];
  },
  start(node) {
    const { options, clock } = node;
    const rules = rulesOf(options);
    const timezone = options.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    const calendar = zone(timezone);
    const store = node.ref('into', 'store');
    const lease = options.lease === undefined ? undefined : node.ref('lease', 'lease');
    const read = (): ClockReading => ({ wall: clock.now(), monotonic: clock.monotonic() });
    let trust = startTrust(read());

    /** True if there is more to delete. */
    const runIfLeader = async (ended: AbortSignal): Promise<boolean> => {
      const currentLease = lease?.current();
      if (lease && !currentLease?.held) {
        node.metrics.count('not_mine_total');
        return false;
      }
      const leaseEnd = new AbortController();
      const release = currentLease?.watch((held) => held || leaseEnd.abort(environment('lease-lost', LEASE_LOST)));
      return work(AbortSignal.any([ended, leaseEnd.signal]), ended).finally(() => release?.());
    };
    const work = async (signal: AbortSignal, ended: AbortSignal): Promise<boolean> => {
      const port = store.current();
      if (!port) {
        node.degraded(`The store ${store.id} is not running.`);
        return false;
      }
      try {
        const result = await runOnce({
          store: port,
          rules,
          zone: calendar,
          reading: read(),
          trust,
          hold: options.clock_hold,
          maxDeletes: options.max_deletes,
          dryRun: options.dry_run,
          signal,
          synchronised: options.time_sync ? isClockSynchronised : async () => false,
          onDelete: ({ item, reason }) => {
            node.metrics.count(options.dry_run ? 'would_delete_total' : 'deleted_total');
            if (!options.dry_run) node.metrics.count('deleted_bytes_total', item.size);
            const fields = { id: item.id, camera: item.camera, reason };
            // The result is the purpose of a dry run, so it is logged as info.
            if (options.dry_run) node.log.info('would delete', fields);
            else node.log.debug('deleted', fields);
          },
        });
        node.metrics.count('runs_total');
        node.log.info(options.dry_run ? 'retention dry run' : 'retention run', { ...result });
        if (result.waiting === undefined) node.healthy();
        else node.degraded(result.waiting);
        return result.more && !options.dry_run;
      } catch (cause) {
        ended.throwIfAborted();
        if (signal.aborted) {
          node.log.info('retention run ended early', { why: sentence(cause) });
          return false;
        }
        node.metrics.count('failed_total');
        node.degraded(`The store ${store.id} could not delete frames: ${sentence(cause)}`);
        return false;
      }
    };

    node.task(async (signal) => {
      let due =
        options.schedule === undefined ? clock.monotonic() + Math.min(FIRST_AFTER_MS, options.every) : undefined;
      let next = options.schedule === undefined ? undefined : nextRun(options.schedule, timezone, clock);
      while (!signal.aborted) {
        const left = due === undefined ? (next ?? Number.POSITIVE_INFINITY) - clock.now() : due - clock.monotonic();
        await sleepQuietly(node, Math.min(Math.max(left, 0), CHECK_CLOCK_MS), signal);
        if (signal.aborted) return;
        const jumpedBefore = trust.since;
        trust = observe(trust, read(), options.clock_hold);
        // A clock change moves the schedule.
        if (trust.since !== jumpedBefore && options.schedule !== undefined)
          next = nextRun(options.schedule, timezone, clock);
        const isDue = due === undefined ? next !== undefined && clock.now() >= next : clock.monotonic() >= due;
        if (!isDue) continue;
        // A run is short, so that the store can do other work between runs; several runs delete a backlog.
        while (await runIfLeader(signal)) {
          await sleepQuietly(node, BETWEEN_RUNS_MS, signal);
          if (signal.aborted) return;
          trust = observe(trust, read(), options.clock_hold);
        }
        if (due !== undefined) due = clock.monotonic() + options.every;
        else if (options.schedule !== undefined) next = nextRun(options.schedule, timezone, clock);
      }
    });
  },
});

function rulesOf(options: RetainPolicyOptions): Rules {
  const { max_age: maxAge, max_count: maxCount, max_bytes: maxBytes, thin = [] } = options;
  return {
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(maxCount === undefined ? {} : { maxCount }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    thin: thin.map(({ after, one_per: onePer }) => ({ after, onePer })),
    keepAtLeast: options.keep_at_least,
  };
}

const nextRun = (schedule: string, timezone: string, clock: Clock): number | undefined =>
  new Cron(schedule, { timezone, paused: true }).nextRun(new Date(clock.now()))?.getTime();

const sleepQuietly = (node: Node<RetainPolicyOptions>, ms: number, signal: AbortSignal): Promise<void> =>
  node.clock.sleep(ms, signal).catch(() => {});
