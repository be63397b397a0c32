// registry/sql: cameras as rows of a database table, and the command that edits them.

import { defineNode, type Finding } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { RegistrySqlOptions } from '../../../schemas/registry/sql.ts';
import { createRegistryCache } from '../../kit/ingest/registry-cache.ts';
import { checkTokens, createTokens } from '../../kit/ingest/tokens.ts';
import { createActivity } from './activity.ts';
import { clients } from './clients.ts';
import { examineDatabase } from './examine.ts';
import { createListening } from './listening.ts';
import { createTable, type Row } from './table.ts';
import { createWatching } from './watching.ts';

export default defineNode<RegistrySqlOptions>({
  commands: { clients },
  check: (options) => [
    ...checkTokens(options),
    ...(options.listen !== undefined && !isPostgres(options.url) ? [NO_CHANNEL] : []),
  ],
  examine: examineDatabase,
  start(node) {
    const { options, clock } = node;
    const tokens = createTokens(node.id, options, node.log);
    const table = createTable(options, node.resolve);
    node.defer(table.close);
    const answers = createRegistryCache<Row>({
      fresh: options.cache,
      most: options.max_cameras,
      clock,
      ask(camera) {
        node.metrics.count('queries_total');
        return table.lookup(camera);
      },
      onOutcome(cause) {
        if (cause === undefined) return node.healthy();
        node.metrics.count('failed_queries_total');
        node.degraded(`${sentence(cause)} Cameras that were looked up before keep their last answer.`);
      },
    });
    const list = answers.lastGood(() => table.list());
    // One query at the start, so that a wrong address or table is reported before the first picture arrives.
    node.task(async () => void (await list().catch(() => {})));

    const watching = createWatching({
      clock,
      every: options.refresh,
      async rows() {
        const known = await readRows();
        answers.store(known);
        return known;
      },
      ignore: options.last_active === undefined ? [] : [options.last_active],
    });
    const readRows = answers.lastGood(table.rows);
    const listening =
      options.listen === undefined
        ? undefined
        : createListening({
            url: options.url,
            channel: options.listen,
            timeout: options.timeout,
            clock,
            changed: answers.expire,
            condition: (why) => (why === undefined ? node.healthy() : node.degraded(why)),
          });
    node.task((listening ?? watching).run);
    const activity = createActivity({ clock, most: options.max_cameras, write: table.touch });
    if (options.last_active !== undefined) node.task(activity.run);

    return {
      registry: {
        lookup: async (camera) => (await answers.lookup(camera))?.facts,
        list: (page) => (page ? table.list(page) : list()),
        async verify(id, given) {
          const row = await answers.lookup(id);
          return tokens.verdict(row && { id, token: row.token }, given);
        },
        watch: (listening ?? watching).watch,
        ...(options.last_active === undefined ? {} : { recordActivity: activity.record }),
      },
    };
  },
});

const isPostgres = (url: string): boolean => /^postgres(ql)?:/.test(url);

const NO_CHANNEL: Finding = {
  option: 'listen',
  code: 'wrong-value',
  message: 'listen: only PostgreSQL reports changes; remove it, and set "refresh" instead.',
};
