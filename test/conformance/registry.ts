// The contract test of every plugin that provides `registry`.

import type { Test } from 'tap';
import type { Registry } from '../../core/contract/ports.ts';
import { until } from '../support/until.ts';

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

export function registryConformance(t: Test, make: (t: Test) => Promise<RegistryUnderTest>): void {
  t.test('it knows what it knows, and lists it sorted', async (t) => {
    const { registry } = await make(t);

    t.type(await registry.lookup('lobby'), 'object');
    t.equal(await registry.lookup('nobody'), undefined);
    t.equal(await registry.lookup('LOBBY'), undefined, 'ids differ by case');
    t.equal(await registry.lookup("lobby' or '1'='1"), undefined);
    t.equal(await registry.lookup('lobby '), undefined);
    t.same(await registry.list(), ['cafe', 'lobby']);
  });

  t.test('what is added and removed elsewhere is seen within the time of its cache', async (t) => {
    const { registry, elsewhere } = await make(t);
    if (!elsewhere) return;
    t.equal(await registry.lookup('hall'), undefined);

    await elsewhere.add('hall');
    await elsewhere.remove('cafe');

    await until(async () => (await registry.lookup('hall')) !== undefined, 'hall to be known');
    await until(async () => (await registry.lookup('cafe')) === undefined, 'cafe to be unknown');
    t.same(await registry.list(), ['hall', 'lobby']);
  });

  t.test('while it is away the last answers hold, new questions fail, and it recovers by itself', async (t) => {
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

    t.type(answers[0], 'object');
    t.equal(answers[1], undefined);
    t.same(answers[2], ['cafe', 'lobby']);
  });
}
