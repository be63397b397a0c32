// Cases for every registry: exact answers, changes, and the last answers during an outage.

import assert from 'node:assert/strict';
import type { Registry } from '../../core/contract/ports.ts';
import type { Ending } from '../ending.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';

export interface RegistryUnderTest {
  /** Knows only "cafe" and "lobby". */
  readonly registry: Registry;
  /** For registries with cameras that change and an outage that can be simulated. */
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
      title: 'it finds exactly the known cameras, and lists them sorted',
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
      title: 'external additions and removals are visible within the time of its cache',
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
      title: 'during an outage the last answers stay valid, new queries fail, and it recovers by itself',
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
          'a query to fail',
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
          'a query to succeed',
        );
        await elsewhere.state('running');

        assert.equal(typeof answers[0], 'object');
        assert.equal(answers[1], undefined);
        assert.deepEqual(answers[2], ['cafe', 'lobby']);
      },
    },
  ];
}
