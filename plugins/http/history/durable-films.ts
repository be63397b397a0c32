// Films of a history whose work continues through reloads, in one instance at a time.

import { join } from 'node:path';
import type { Node, Ref, Store } from '../../../core/contract/plugin.ts';
import { type Films, openFilms } from './films.ts';

export async function durableFilms<Options>(node: Node<Options>, source: Ref<Store>): Promise<Films> {
  const folder = join(node.stateFolder, 'films', node.id);
  const { films, from } = await node.durable('films', {
    same: [folder],
    async create() {
      const from: { source: Ref<Store> | undefined } = { source: undefined };
      const ending = new AbortController();
      const store = (): Store | undefined => from.source?.current();
      const films = await openFilms({ folder, log: node.log, now: node.clock.now, store });
      // A film that fails stores the reason in its own state, so an error here is a bug.
      const failed = (cause: unknown): void => node.log.error('the work on films has ended', { why: String(cause) });
      const working = films.work(ending.signal).catch(failed);
      const end = (): Promise<void> => {
        ending.abort();
        return working;
      };
      return { films, from, end };
    },
    dispose: ({ end }) => end(),
  });
  node.whileActive(() => {
    from.source = source;
    films.wake();
  });
  return films;
}
