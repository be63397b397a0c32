// The editing code is loaded by the first call that needs it, and a failed load has no other effect.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../core/base/clock.ts';
import { createLog } from '../../../core/base/log.ts';
import { createCatalog } from '../../../core/catalog/create.ts';
import type { Kernel, Node, ProfileAccess } from '../../../core/contract/plugin.ts';
import type { EditingModule } from '../../../core/daemon/editing.ts';
import { createDaemon } from '../../../core/daemon.ts';
import { createListeners } from '../../../core/graph/run/listeners.ts';
import { readProfile } from '../../../core/profile/read.ts';
import { readFromDisk } from '../../../core/profile/source/disk.ts';
import { builtins, editing } from '../../../plugins/index.ts';
import { withPlugins } from '../../../testing/plugins.ts';
import { folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';

const PROFILE = dedent`
  camd: 1
  control: false
  pipeline:
    camera: { use: source/test-pattern, mode: on_demand }
    console: { use: acme/console, cameras: [camera] }
`;

interface Started {
  readonly kernel: Kernel;
  readonly access: ProfileAccess;
  readonly file: string;
  reload(): Promise<{ readonly ok: boolean }>;
}

/** The profile runs with this module; its console hands the ports to the test. */
async function started(t: Test, module: EditingModule): Promise<Started> {
  const folder = folderWith(t, { 'profile.yaml': PROFILE });
  const file = join(folder, 'profile.yaml');
  const given: { kernel?: Kernel; access?: ProfileAccess } = {};
  const plugin = {
    use: 'acme/console',
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        cameras: {
          type: 'array',
          items: { type: 'string' },
          reference: { ports: ['frames'], delivery: 'live' },
        },
      },
    },
    start(node: Node<unknown>) {
      given.kernel = node.kernel;
      given.access = node.profile('cameras');
    },
  };
  const catalog = withPlugins(createCatalog(builtins), [plugin]);
  const read = (texts: ReadonlyMap<string, string>) =>
    readProfile(file, {
      env: {},
      readFile: async (path, limit) => texts.get(path) ?? readFromDisk(path, limit),
      catalog,
    });
  const daemon = createDaemon({
    read: () => read(new Map()),
    preview: read,
    editing: module,
    log: createLog({ level: 'error', write: () => {} }),
    clock: systemClock,
    listeners: createListeners(),
    version: '0.0.0-test',
    stateFolder: join(folder, 'state'),
  });
  t.teardown(() => daemon.stop());
  t.equal(await daemon.start(), undefined);
  const { kernel, access } = given;
  if (!kernel || !access) throw new Error('the console has not started');
  return { kernel, access, file, reload: () => daemon.reload() };
}

t.test('a profile starts and is reloaded without it; calls at one time load it once', async (t) => {
  let loads = 0;
  const { kernel, access, file, reload } = await started(t, () => {
    loads++;
    return editing();
  });
  t.same(
    kernel.nodes().map(({ id }) => id),
    ['camera', 'console'],
  );
  t.ok((await reload()).ok);
  t.equal(loads, 0);

  const [texts, view, options] = await Promise.all([kernel.texts(), access.read(), kernel.options('camera')]);

  t.equal(loads, 1);
  t.same(texts.files, [{ path: file, text: PROFILE, writable: true }]);
  t.equal(view.revision, texts.revision);
  t.ok(options?.some(({ path, value }) => path === 'mode' && value === 'on_demand'));
});

t.test('a load that fails fails that call alone, and the next one loads it again', async (t) => {
  let isMissing = true;
  const { kernel, access, file, reload } = await started(t, async () => {
    if (isMissing) throw new Error('the chunk is gone');
    return editing();
  });
  const message = 'the profile editing cannot be loaded: the chunk is gone';
  const texts = new Map([[file, `${PROFILE}# edited\n`]]);

  const calls: readonly (() => Promise<unknown>)[] = [
    () => kernel.texts(),
    () => kernel.keep(),
    () => kernel.check(texts),
    () => kernel.checkKept(texts),
    () => kernel.conceal(texts),
    () => kernel.options('camera'),
    () => kernel.insert(PROFILE, 'door', { use: 'source/test-pattern' }),
    () => access.read(),
  ];
  for (const call of calls) await t.rejects(call(), { code: 'no-editing', message });
  const how = { revision: '', by: 'anna' };
  const refused = { ok: false, reason: 'failed', message };
  // Every change gets an answer.
  t.match(await kernel.apply(texts, how), refused);
  t.match(await kernel.applyKept(texts, how), refused);
  t.match(await access.change([{ is: 'remove', node: 'camera' }], how), refused);
  t.equal(readFileSync(file, 'utf8'), PROFILE);
  t.ok((await reload()).ok);
  t.equal(kernel.nodes().length, 2);

  isMissing = false;
  const { revision } = await kernel.texts();
  t.match(await kernel.apply(texts, { ...how, revision }), { ok: true });
  t.equal(readFileSync(file, 'utf8'), texts.get(file));
});
