// store/sql: a database index of the pictures in another store, shared by all machines that use it.

import {
  defineNode,
  environment,
  type Finding,
  type Kept,
  type Node,
  type Store,
} from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { StoreSqlOptions } from '../../../schemas/store/sql.ts';
import { createReconciler } from './reconcile.ts';
import { createTable, indexed, placeOf, type Table } from './table.ts';

export default defineNode<StoreSqlOptions>({
  check: ({ url }) => (/^(postgres(ql)?|sqlite|file):/.test(url) ? [] : [OTHER_DATABASE]),
  start(node) {
    const { options, metrics } = node;
    const behind = node.ref('from', 'store');
    const table = createTable(options, node.resolve);
    node.defer(table.close);
    const store = (): Store => {
      const found = behind.current();
      if (found) return found;
      throw environment('no-store', `The store ${behind.id} is not running.`);
    };
    const report = (why: string | undefined): void => (why === undefined ? node.healthy() : node.degraded(why));

    if (options.reconcile > 0) {
      const reconcile = createReconciler({ store, table, count: (name, by) => metrics.count(name, by) });
      node.task(async (signal) => {
        await node.clock.sleep(options.reconcile / 10, signal).catch(() => {});
        while (!signal.aborted) {
          await reconcile(signal).then(
            () => report(undefined),
            (cause: unknown) =>
              signal.aborted || report(`The store cannot be compared with the index: ${sentence(cause)}`),
          );
          await node.clock.sleep(options.reconcile, signal).catch(() => {});
        }
      });
    }
    return { store: portOf(node, store, table) };
  },
});

const OTHER_DATABASE: Finding = {
  option: 'url',
  code: 'wrong-value',
  message: 'url: the database must be PostgreSQL or SQLite; begin the URL with postgres:// or sqlite:.',
};

function portOf({ metrics }: Node<StoreSqlOptions>, store: () => Store, table: Table): Store {
  const add = async (kept: Kept): Promise<Kept> => {
    metrics.count('indexed_total', await table.add([kept]));
    return indexed(kept);
  };
  return {
    put: async (frame) => add(await store().put(frame)),
    list: table.list,
    cameras: table.cameras,
    usage: table.usage,
    async read(id) {
      const place = placeOf(id);
      const found = place && (await store().read(place.object));
      return found && { ...found, kept: indexed(found.kept) };
    },
    async delete(id) {
      const place = placeOf(id);
      if (!place) return false;
      // The row is deleted last: a second deletion does no harm, and a picture without a row would never be deleted.
      const wasKept = await store().delete(place.object);
      const wasIndexed = await table.remove(place.object);
      return wasKept || wasIndexed;
    },
    async stat(id) {
      const place = placeOf(id);
      const found = place && (await store().stat?.(place.object));
      return found && indexed(found);
    },
    async link(id, forMs) {
      const link = store().link;
      const place = placeOf(id);
      if (link && place) return link(place.object, forMs);
      throw environment('no-links', 'The store behind the index gives no links.');
    },
    async admit(picture, forMs) {
      const admit = store().admit;
      if (!admit) throw environment('no-links', 'The store behind the index gives no links.');
      const admission = await admit(picture, forMs);
      return { ...admission, kept: indexed(admission.kept) };
    },
    /** Adds a picture that another sender has stored. */
    async register(id, size) {
      const place = placeOf(id);
      const found = place && (await store().stat?.(place.object));
      return found?.size === size ? await add(found) : undefined;
    },
  };
}
