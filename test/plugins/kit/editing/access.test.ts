// The profile as a node changes it: fenced, validated in memory, saved, reloaded, and restored when the reload is refused.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ProfileAccess, ProfileChange, ProfileEdit } from '../../../../core/contract/plugin.ts';
import { dedent } from '../../../support/dedent.ts';
import { run } from '../../../support/harness.ts';

/** A camera with two options that a page may change, and a node that gives the test its access to the profile. */
const PLUGINS = dedent`
  export default [
    {
      use: 'acme/camera',
      schema: {
        type: 'object', additionalProperties: false, provides: ['frames'],
        properties: {
          width: { type: 'integer', minimum: 16, editable: true },
          label: { type: 'string', editable: true },
          command: { type: 'array', items: { type: 'string' } },
          key: { type: 'string', secret: true, editable: true },
          port: { type: 'string', format: 'address', claim: 'address', editable: true },
        },
      },
      start(node) {
        if (node.options.label === 'broken') throw new Error('the lens is broken');
        node.output.announce(node.id);
      },
    },
    {
      use: 'acme/settings',
      schema: {
        type: 'object', additionalProperties: false, required: ['cameras'],
        properties: { cameras: { type: ['string', 'array'], items: { type: 'string' }, reference: { ports: ['frames'], delivery: 'live' } } },
      },
      start(node) {
        globalThis.profileAccess = node.profile('cameras');
      },
    },
  ];
`;

const PROFILE = dedent`
  camd: 1
  plugins: [./acme.mjs]

  pipeline:
    # by the door
    left: { use: acme/camera, width: 640, command: [a, "b"] }   # old
    other: { use: acme/camera, width: 1, key: very-secret-word }
    page: { use: acme/settings, cameras: [left] }
`.replace('width: 1,', 'width: 16,');

async function started(t: Parameters<typeof run>[0], profile = PROFILE, files: Record<string, string> = {}) {
  const camd = await run(t, profile, { files: { 'acme.mjs': PLUGINS, ...files } });
  const access = (globalThis as { profileAccess?: ProfileAccess }).profileAccess;
  if (!access) throw new Error('the settings node has not started');
  return { camd, access, file: join(camd.folder, 'profile.yaml') };
}

const text = (path: string): string => readFileSync(path, 'utf8');
const reasonOf = (change: ProfileChange): string => (change.ok ? 'done' : change.reason);
const set = (option: string, value: string | number, node = 'left'): ProfileEdit => ({
  is: 'set',
  node,
  option,
  value,
});

async function change(access: ProfileAccess, ...edits: ProfileEdit[]): Promise<ProfileChange> {
  const { revision } = await access.read();
  return access.change(edits, { revision, by: 'a test' });
}

t.test('a node sees only the nodes named by its option, and only their editable options', async (t) => {
  const { access } = await started(t);

  const { nodes } = await access.read();

  t.match(nodes, [{ id: 'left', use: 'acme/camera', options: { width: 640 } }]);
  t.same(Object.keys(nodes[0]?.editable ?? {}), ['width', 'label'], 'no secret, no command, no address');
});

t.test('a change is saved and runs, and the text around it stays', async (t) => {
  const { camd, access, file } = await started(t);

  const result = await change(access, set('width', 800), set('label', 'front'));

  t.ok(result.ok);
  t.equal(text(file), PROFILE.replace('width: 640, command: [a, "b"]', 'width: 800, command: [a, "b"], label: front'));
  t.equal(text(`${file}.bak`), PROFILE);
  t.same(camd.daemon.profile?.nodes.get('left')?.options.width, 800);
  t.match(
    camd.lines.find(({ msg }) => msg === 'profile changed'),
    { by: 'a test', edits: ['left.width = 800', 'left.label = "front"'] },
  );
  t.notMatch(JSON.stringify(result), 'very-secret-word');
});

t.test('a camera is added beside another, and to every list that names it; removing undoes both', async (t) => {
  const { camd, access, file } = await started(t);

  const added = await change(access, { is: 'add', node: 'right', like: 'left', options: { width: 320 } });
  const between = text(file);
  const removed = await change(access, { is: 'remove', node: 'right' });

  t.ok(added.ok);
  t.match(between, '  right: { use: acme/camera, width: 320 }\n');
  t.match(between, 'cameras: [left, right]');
  t.ok(removed.ok);
  t.equal(text(file), PROFILE);
  t.notOk(camd.daemon.profile?.nodes.has('right'));
});

t.test('an edit of an option without permission is refused and changes nothing', async (t) => {
  const { access, file } = await started(t);
  const edits: ProfileEdit[] = [
    set('command', 'rm'),
    set('key', 'x'),
    set('port', ':1'),
    set('use', 'source/exec'),
    set('width', 99, 'other'),
    set('cameras', 'other', 'page'),
    { is: 'remove', node: 'page' },
    { is: 'add', node: 'right', like: 'left', options: { command: ['sh'] } },
    { is: 'add', node: 'right', like: 'left', options: { use: 'source/exec' } },
    { is: 'add', node: 'a b', like: 'left', options: {} },
    { is: 'add', node: 'other', like: 'left', options: {} },
  ];
  for (const edit of edits) t.equal(reasonOf(await change(access, edit)), 'forbidden', JSON.stringify(edit));

  t.equal(text(file), PROFILE);
});

t.test('a value that makes the profile invalid is reported with its place, before anything is written', async (t) => {
  const { access, file } = await started(t);

  const result = await change(access, set('width', 3));

  t.match(result, { ok: false, reason: 'invalid', problems: [{ code: 'out-of-range', place: { line: 6 } }] });
  t.equal(text(file), PROFILE);
});

t.test('text with ${…} stays text, and cannot reach the environment', async (t) => {
  const { camd, access } = await started(t);

  t.ok((await change(access, set('label', '${env:HOME} ${file:/etc/passwd}'))).ok);

  t.equal(camd.daemon.profile?.nodes.get('left')?.options.label, '${env:HOME} ${file:/etc/passwd}');
});

t.test('a file that has changed meanwhile is not overwritten; both versions are shown', async (t) => {
  const { access, file } = await started(t);
  const { revision } = await access.read();
  const theirs = PROFILE.replace('# old', '# theirs');
  writeFileSync(file, theirs);

  const result = await access.change([set('width', 800)], { revision, by: 'a test' });

  t.match(result, { ok: false, reason: 'stale', files: [{ before: /theirs/, after: /width: 800.*theirs/ }] });
  t.equal(text(file), theirs);
});

t.test('a change that cannot be started is undone, and everything continues to run', async (t) => {
  const { camd, access, file } = await started(t);

  const result = await change(access, set('label', 'broken'));

  t.match(result, { ok: false, reason: 'not-applied', message: /lens is broken/ });
  t.equal(text(file), PROFILE);
  t.equal(camd.status('left').state.is, 'running');
});

t.test('a preview shows the difference and changes nothing', async (t) => {
  const { access, file } = await started(t);
  const { revision } = await access.read();

  const result = await access.change([set('width', 800)], { revision, by: 'a test', preview: true });

  t.match(result, { ok: true, files: [{ path: file, before: /width: 640/, after: /width: 800/ }] });
  t.equal(text(file), PROFILE);
});

t.test('an option is edited in the file that contains it', async (t) => {
  const base = dedent`
    camd: 1
    pipeline:
      left: { use: acme/camera, width: 640, label: base }
      other: { use: acme/camera }
  `;
  const top = dedent`
    camd: 1
    include: base.yaml
    plugins: [./acme.mjs]
    pipeline:
      left: { width: 700 }
      page: { use: acme/settings, cameras: left }
  `;
  const { camd, access, file } = await started(t, top, { 'base.yaml': base });

  t.ok((await change(access, set('width', 800), set('label', 'new'))).ok);
  t.ok((await change(access, { is: 'add', node: 'right', like: 'left', options: { width: 99 } })).ok);

  t.match(text(file), 'left: { width: 800 }');
  t.match(text(join(camd.folder, 'base.yaml')), 'width: 640, label: new }');
  t.match(text(file), 'cameras: [left, right]');
});

t.test('nodes that are like a template are changed in their own lines, and new ones are like it too', async (t) => {
  const templated = PROFILE.replace(
    'pipeline:',
    'templates:\n  door: { use: acme/camera, width: 640 }  # both\n\npipeline:',
  )
    .replace('left: { use: acme/camera, width: 640, command: [a, "b"] }', 'left: { like: door }')
    .replace('cameras: [left]', 'cameras: "l*"');
  const { access, file } = await started(t, templated);

  t.equal(reasonOf(await change(access, set('width', 800))), 'done');
  t.match(text(file), '\n  left: { like: door, width: 800 }   # old\n');
  t.match(text(file), '  door: { use: acme/camera, width: 640 }  # both\n');

  const add: ProfileEdit = { is: 'add', node: 'low', like: 'left', options: { width: 32 } };
  t.equal(reasonOf(await change(access, add)), 'done');
  t.match(text(file), '\n  low: { like: door, width: 32 }\n');
  t.match(text(file), 'cameras: "l*"', 'the pattern matches the new one already');

  t.equal(reasonOf(await change(access, { is: 'unset', node: 'left', option: 'width' })), 'done');
  const inherited = await change(access, { is: 'unset', node: 'left', option: 'width' });
  t.match(inherited, { reason: 'impossible', message: /"width" of "left" comes from the template "door"/ });

  const other: ProfileEdit = { is: 'add', node: 'right', like: 'left', options: {} };
  t.equal(reasonOf(await change(access, other)), 'done');
  t.match(text(file), 'cameras: [ "l*", right ]'.replace(/ (?=[\]"])|(?<=\[) /g, ''));
  t.equal(reasonOf(await change(access, { is: 'remove', node: 'low' })), 'done');
  t.notMatch(text(file), 'low:');
  t.equal(reasonOf(await change(access, { is: 'remove', node: 'right' })), 'done');
  t.match(text(file), /cameras: \["l\*"\]/);
});
