// What every registry must do: answer exactly, notice changes, and keep its last answers while it is away.

import assert from 'node:assert/strict';
import type { Registry } from '../../core/contract/ports.ts';
import type { Ending } from '../ending.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';

export interface RegistryUnderTest {
  /** Knows "cafe" and "lobby" and no other. */
  readonly registry: Registry;
  /** For registries whose cameras may change and which may be away. */
  readonly elsewhere?: {
    add(camera: string): void | Promise<void>;
    remove(camera: string): void | Promise<void>;
    away(): Promise<void>;
    back(): Promise<void>;
    state(is: 'running' | 'degraded'): Promise<unknown>;
  };
}

export function registryCases<T extends Ending>(make: (t: T) => Promise<RegistryUnderTest>): readonly Case<T>[] {
  return [
    {
      title: 'it knows what it knows, and lists it sorted',
      async run(t) {
        const { registry } = await make(t);

        assert.equal(typeof (await registry.lookup('lobby')), 'object');
        assert.equal(await registry.lookup('nobody'), undefined);
        assert.equal(await registry.lookup('LOBBY'), undefined, 'ids differ by case');
        assert.equal(await registry.lookup("lobby' or '1'='1"), undefined);
        assert.equal(await registry.lookup('lobby '), undefined);
        assert.deepEqual(await registry.list(), ['cafe', 'lobby']);
      },
    },

    {
      title: 'what is added and removed elsewhere is seen within the time of its cache',
      async run(t) {
        const { registry, elsewhere } = await make(t);
        if (!elsewhere) return;
        assert.equal(await registry.lookup('hall'), undefined);

        await elsewhere.add('hall');
        await elsewhere.remove('cafe');

        await until(async () => (await registry.lookup('hall')) !== undefined, 'hall to be known');
        await until(async () => (await registry.lookup('cafe')) === undefined, 'cafe to be unknown');
        assert.deepEqual(await registry.list(), ['hall', 'lobby']);
      },
    },

    {
      title: 'while it is away the last answers hold, new questions fail, and it recovers by itself',
      async run(t) {
        const { registry, elsewhere } = await make(t);
        if (!elsewhere) return;
        await registry.lookup('lobby');
        await registry.lookup('nobody');
        await registry.list();

        await elsewhere.away();
        await until(
          () =>
            registry.lookup('never-asked').then(
              () => false,
              () => true,
            ),
          'a question to fail',
        );
        await elsewhere.state('degraded');
        const answers = [await registry.lookup('lobby'), await registry.lookup('nobody'), await registry.list()];
        await elsewhere.back();
        await until(
          () =>
            registry.lookup('never-asked').then(
              () => true,
              () => false,
            ),
          'a question to be answered',
        );
        await elsewhere.state('running');

        assert.equal(typeof answers[0], 'object');
        assert.equal(answers[1], undefined);
        assert.deepEqual(answers[2], ['cafe', 'lobby']);
      },
    },
  ];
}
