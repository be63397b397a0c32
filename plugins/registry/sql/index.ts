// registry/sql: cameras that are rows of a database table, and the command that edits them.

import { CAMERA_ID } from '../../../core/base/formats.ts';
import { defineNode, misuse, type PluginCommand } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { RegistrySqlOptions } from '../../../schemas/registry/sql.ts';
import { createAnswers } from '../../kit/ingest/registry-cache.ts';
import { createTable } from './table.ts';

const USAGE = 'clients add ID… | clients list | clients remove ID…';

const clients: PluginCommand<RegistrySqlOptions> = {
  summary: 'Shows and changes the known cameras of a registry/sql',
  usage: USAGE,
  async run(options, [action, ...ids], resolve) {
    const wrong = ids.find((id) => !CAMERA_ID.test(id));
    if (wrong !== undefined) {
      throw misuse('bad-id', `"${wrong}" is no camera id: letters, digits, ".", "_" and "-", 128 at most.`);
    }
    if ((action !== 'list' || ids.length > 0) && (!['add', 'remove'].includes(action ?? '') || ids.length === 0)) {
      throw misuse('bad-usage', `Usage: camd ${USAGE} --config PROFILE`);
    }
    const table = createTable(options, resolve);
    try {
      if (action === 'list') return await table.list();
      const lines: string[] = [];
      for (const id of ids) {
        const changed = action === 'add' ? await table.add(id) : await table.remove(id);
        if (action === 'add') lines.push(changed ? `added ${id}` : `${id} was there already`);
        else lines.push(changed ? `removed ${id}` : `${id} was not there`);
      }
      return lines;
    } finally {
      await table.close();
    }
  },
};

export default defineNode<RegistrySqlOptions>({
  commands: { clients },
  start(node) {
    const { options } = node;
    const table = createTable(options, node.resolve);
    node.defer(table.close);
    const answers = createAnswers({
      fresh: options.cache,
      most: options.max_cameras,
      clock: node.clock,
      ask(camera) {
        node.metrics.count('queries_total');
        return table.lookup(camera);
      },
      onOutcome(cause) {
        if (cause === undefined) return node.healthy();
        node.metrics.count('failed_queries_total');
        node.degraded(`${sentence(cause)} Cameras that were asked for before are answered as they were then.`);
      },
    });
    const list = answers.lastGood(table.list);
    // Asked once at the start, so that a wrong address or table is seen before the first picture comes.
    node.task(async () => void (await list().catch(() => {})));
    return { registry: { lookup: answers.lookup, list } };
  },
});
