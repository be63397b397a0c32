// The record of reloads: it is complete when the console has stopped.

import t from 'tap';
import type { Kernel, ReloadEvent } from '../../../../core/contract/kernel.ts';
import { type Changes, recordChanges } from '../../../../plugins/http/console/changes.ts';

const EVENT: ReloadEvent = {
  ...{ at: 0, by: 'anna', ok: true, summary: '1 node replaced', took: 5, problems: [] },
  texts: new Map([['/p/main.yaml', 'camd: 1']]),
};

t.test('the end of a recorder waits until the last reload is stored, and later ones are not recorded', async (t) => {
  const listeners = new Set<(event: ReloadEvent) => void>();
  const kernel: Pick<Kernel, 'keep' | 'onReload'> = {
    keep: async () => new Map(),
    onReload(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  let store = (): void => {};
  let stored = 0;
  const changes: Changes = {
    list: () => [],
    get: () => undefined,
    add: () =>
      new Promise((resolve) => {
        store = () => {
          stored++;
          resolve(undefined);
        };
      }),
  };
  const recorder = await recordChanges(kernel, changes, (cause) => t.fail(String(cause)));
  for (const listener of listeners) listener(EVENT);

  const ended = recorder.end().then(() => stored);
  t.equal(listeners.size, 0);
  await new Promise((resolve) => setImmediate(resolve));
  store();

  t.equal(await ended, 1);
});
