// registry/list: cameras that are listed in the profile.

import t from 'tap';
import { registryConformance } from '../../conformance/registry.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';

const profile = (cameras: string) => dedent`
  camd: 1
  pipeline:
    known: { use: registry/list, cameras: ${cameras} }
`;

t.test('conforms, as a list', async (t) => {
  registryConformance(t, async (t) => ({
    registry: (await run(t, profile('[lobby, cafe]'))).port('known', 'registry'),
  }));
});

t.test('as a map it tells what is known of each', async (t) => {
  const camd = await run(t, profile('{ lobby: { floor: 0, name: Lobby }, cafe: {} }'));

  t.same(await camd.port('known', 'registry').lookup('lobby'), { floor: 0, name: 'Lobby' });
  t.same(await camd.port('known', 'registry').lookup('cafe'), {});
});
