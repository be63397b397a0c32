// Edits inside an option, such as one camera of a map: fenced by separate marks, and made at the place of the entry.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { OptionValue, ProfileAccess, ProfileChange, ProfileEdit } from '../../../../core/contract/plugin.ts';
import { dedent } from '../../../support/dedent.ts';
import { run } from '../../../support/harness.ts';

const PLUGINS = dedent`
  export default [
    {
      use: 'acme/eyes',
      schema: {
        type: 'object', additionalProperties: false, provides: ['frames'],
        properties: {
          cameras: {
            type: 'object', editable: true, minProperties: 1, description: 'By name.',
            additionalProperties: {
              type: 'object', additionalProperties: false, required: ['device'],
              properties: {
                device: { $ref: '#/$defs/device' },
                width: { type: 'integer', minimum: 16, editable: true },
                command: { type: 'string' },
                key: { type: 'string', secret: true, editable: true },
                helper: { type: 'string', editable: true, reference: { ports: ['service'] } },
              },
            },
          },
          offsets: {
            type: 'object', editable: true,
            additionalProperties: {
              type: 'object', propertyNames: { examples: ['roll'] }, additionalProperties: { type: 'number' },
            },
          },
        },
        $defs: { device: { type: ['string', 'integer'], editable: { pattern: '^/dev/video[0-9]+$' } } },
      },
      start(node) { node.output.announce(node.id); },
    },
    { use: 'acme/helper', schema: { type: 'object', provides: ['service'], properties: {} }, start: () => ({ service: {} }) },
    {
      use: 'acme/settings',
      schema: {
        type: 'object', additionalProperties: false,
        properties: { nodes: { type: ['string', 'array'], items: { type: 'string' }, reference: { ports: ['frames'], delivery: 'live' } } },
      },
      start(node) { globalThis.profileAccess = node.profile('nodes'); },
    },
  ];
`;

const PROFILE = dedent`
  camd: 1
  plugins: [./acme.mjs]
  pipeline:
    eyes:
      use: acme/eyes
      cameras:   # by the door
        left:  { device: /dev/video0,  width: 640, command: "rm"  }   # old
        right:
          device: /dev/video1   # new
          key: very-secret-word
    helper: { use: acme/helper }
    page: { use: acme/settings, nodes: eyes }
`;

async function started(t: Parameters<typeof run>[0], profile = PROFILE, files: Record<string, string> = {}) {
  const camd = await run(t, profile, { files: { 'acme.mjs': PLUGINS, ...files } });
  const access = (globalThis as { profileAccess?: ProfileAccess }).profileAccess;
  if (!access) throw new Error('the settings node has not started');
  const change = async (...edits: ProfileEdit[]): Promise<ProfileChange> =>
    access.change(edits, { revision: (await access.read()).revision, by: 'a test' });
  return { camd, access, change, text: (name = 'profile.yaml') => readFileSync(join(camd.folder, name), 'utf8') };
}

const reasonOf = (change: ProfileChange): string => (change.ok ? 'done' : `${change.reason}: ${change.message}`);
const put = (inside: string[], value: OptionValue): ProfileEdit => ({
  is: 'set',
  node: 'eyes',
  option: 'cameras',
  inside,
  value,
});

t.test('marked parts inside an option are shown and offered, with the nodes that it may name', async (t) => {
  const { access } = await started(t);

  const { nodes } = await access.read();

  t.same(nodes[0]?.options, {
    cameras: { left: { device: '/dev/video0', width: 640 }, right: { device: '/dev/video1' } },
  });
  const { cameras, offsets } = nodes[0]?.editable ?? {};
  t.same(Object.keys(cameras?.entries?.properties ?? {}), ['device', 'width', 'helper']);
  t.match(cameras?.entries?.properties, {
    device: { types: ['string', 'integer'], required: true, pattern: '^/dev/video[0-9]+$' },
    width: { types: ['integer'], required: false, minimum: 16 },
    helper: { nodes: ['helper'] },
  });
  t.match(offsets, { entries: { names: ['roll'], entries: { types: ['number'] } } });
});

t.test('one value of one camera changes, and every other byte stays', async (t) => {
  const { camd, change, text } = await started(t);

  t.equal(reasonOf(await change(put(['left', 'width'], 800))), 'done');
  t.equal(text(), PROFILE.replace('width: 640', 'width: 800'));

  t.equal(reasonOf(await change(put(['right', 'width'], 320))), 'done');
  t.match(text(), '        key: very-secret-word\n        width: 320\n');
  t.match(
    camd.lines.filter(({ msg }) => msg === 'profile changed'),
    [{ edits: ['eyes.cameras.left.width = 800'] }, { edits: ['eyes.cameras.right.width = 320'] }],
  );
});

t.test(
  'a camera is added and removed inside its option; missing maps are created, and empty ones removed',
  async (t) => {
    const { change, text } = await started(t);
    const offset: ProfileEdit = { is: 'set', node: 'eyes', option: 'offsets', inside: ['top', 'roll'], value: 1.5 };

    t.equal(reasonOf(await change(put(['top'], { device: '/dev/video7', helper: 'helper' }), offset)), 'done');
    t.match(text(), '      top: { device: /dev/video7, helper: helper }\n');
    t.match(text(), '    offsets: { top: { roll: 1.5 } }\n');

    const gone = (option: string, inside: string[]): ProfileEdit => ({ is: 'unset', node: 'eyes', option, inside });
    t.equal(reasonOf(await change(gone('cameras', ['top']), gone('offsets', ['top', 'roll']))), 'done');
    t.equal(text(), PROFILE);
  },
);

t.test('parts without a mark, or with the wrong one, are refused at every depth', async (t) => {
  const { change, text } = await started(t);
  const refused: ProfileEdit[] = [
    put(['left', 'command'], 'sh'),
    put(['left', 'key'], 'x'),
    put(['left'], { device: '/dev/video0', command: 'sh' }),
    put([], { left: { device: '/dev/video0', key: 'x' } }),
    put(['left', 'device'], '/dev/watchdog'),
    put(['new'], { device: '../../dev/video0' }),
    put(['left', '__proto__'], 'x'),
    put(['left', 'width', 'deeper'], 1),
    { is: 'unset', node: 'eyes', option: 'cameras', inside: ['right', 'key'] },
    { is: 'set', node: 'eyes', option: 'use', inside: ['x'], value: 'source/exec' },
  ];

  for (const edit of refused) t.match(reasonOf(await change(edit)), /^forbidden: /, JSON.stringify(edit));
  t.match(reasonOf(await change(put(['a b', 'width'], 20))), /^invalid: /, 'a camera needs its device');
  t.match(reasonOf(await change(put(['left', 'helper'], 'nobody'))), /^invalid: /, 'a missing node');

  t.equal(text(), PROFILE);
});

t.test('an entry is changed in the file that contains it', async (t) => {
  const base = dedent`
    camd: 1
    pipeline:
      eyes: { use: acme/eyes, cameras: { left: { device: /dev/video0 } } }   # base
  `;
  const top = dedent`
    camd: 1
    include: base.yaml
    plugins: [./acme.mjs]
    pipeline:
      eyes: { cameras: { right: { device: /dev/video1 } } }
      page: { use: acme/settings, nodes: eyes }
  `;
  const { change, text } = await started(t, top, { 'base.yaml': base });

  t.equal(reasonOf(await change(put(['left', 'width'], 99), put(['right', 'width'], 98))), 'done');

  t.equal(text('base.yaml'), base.replace('/dev/video0 }', '/dev/video0, width: 99 }'));
  t.equal(text(), top.replace('/dev/video1 }', '/dev/video1, width: 98 }'));
});
