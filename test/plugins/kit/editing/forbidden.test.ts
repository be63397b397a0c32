// Edits that a page may make, and the options of a node that it sees.

import t from 'tap';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import type { OptionValue, ProfileEdit } from '../../../../core/contract/profile.ts';
import type { PluginSchema } from '../../../../core/contract/schema.ts';
import type { Profile } from '../../../../core/profile/profile.ts';
import { describe, editableNode, forbidden } from '../../../../plugins/kit/editing/forbidden.ts';
import { checkedNodes } from '../../../support/checked-node.ts';

const SCHEMA: PluginSchema = {
  title: 'acme/cam',
  summary: '',
  description: '',
  type: 'object',
  properties: {
    width: { type: 'integer', editable: true },
    device: { type: 'string', editable: { pattern: '^/dev/video[0-9]$' } },
    command: { type: 'string' },
    lens: {
      type: 'object',
      editable: true,
      properties: { zoom: { type: 'integer', editable: true }, motor: { type: 'string' } },
    },
    crops: {
      type: 'object',
      editable: true,
      properties: { all: { type: 'object', editable: true, properties: { on: { editable: true } } } },
      additionalProperties: {
        type: 'object',
        properties: { x: { type: 'integer', editable: true }, run: { type: 'string' } },
      },
    },
    list: { type: 'array', editable: true },
    free: { type: 'object', editable: true },
  },
};
const CATALOG = { schema: (use: string) => (use === 'acme/cam' ? SCHEMA : undefined) } as unknown as Catalog;
const NODES = new Map(
  [...checkedNodes({ cam: { use: 'acme/cam' }, other: { use: 'acme/cam' }, odd: { use: 'acme/none' } })].map(
    ([id, { spec }]) => [id, spec],
  ),
);
const PROFILE = { nodes: NODES } as unknown as Profile;

const why = (edit: ProfileEdit): string | undefined => forbidden(edit, PROFILE, CATALOG, ['cam', 'odd', 'gone']);
const set = (option: string, value: OptionValue, inside?: string[]): string | undefined =>
  why({ is: 'set', node: 'cam', option, value, ...(inside ? { inside } : {}) });
const offList = (path: string) =>
  `"${path}" of acme/cam cannot be changed from a page; change it in the file on the machine.`;

t.test('only the nodes named for it may be edited, and they must exist', (t) => {
  const named = (node: string) => `"${node}" is not one of the nodes that may be edited here: cam, odd, gone.`;

  t.equal(set('width', 1), undefined);
  for (const node of ['other', 'gone']) {
    t.equal(why({ is: 'set', node, option: 'width', value: 1 }), named(node));
    t.equal(why({ is: 'remove', node }), named(node));
    t.equal(why({ is: 'add', node: 'new', like: node, options: {} }), named(node));
  }
  t.equal(why({ is: 'remove', node: 'cam' }), undefined);
  t.match(why({ is: 'set', node: 'odd', option: 'width', value: 1 }), /^"width" of acme\/none cannot be changed/);
  t.end();
});

t.test('an added node needs an unused name, and options that may be set', (t) => {
  const add = (node: string, options: Record<string, OptionValue> = {}) =>
    why({ is: 'add', node, like: 'cam', options });

  t.equal(add('new', { width: 1, device: '/dev/video0' }), undefined);
  t.match(add('a b'), /^"a b" is not a name: use a letter or digit/);
  t.equal(add('other'), 'There is a node "other" already.');
  t.equal(add('new', { width: 1, command: 'sh' }), offList('command'));
  t.match(add('new', { device: '/dev/mem' }), /^"\/dev\/mem" cannot be set for "device" from a page/);
  t.end();
});

t.test('the parts inside an option may be edited as far as each part may be changed', (t) => {
  const cases: readonly (readonly [option: string, inside: string[], value: OptionValue, path?: string])[] = [
    ['command', [], 'sh', 'command'],
    ['toString', [], 'sh', 'toString'],
    ['lens', ['zoom'], 2],
    ['lens', ['motor'], 'm', 'lens.motor'],
    ['lens', ['toString'], 'm', 'lens.toString'],
    ['lens', ['zoom', 'more'], 1, 'lens.zoom.more'],
    ['crops', ['left', 'x'], 1],
    ['crops', ['left', 'run'], 'sh', 'crops.left.run'],
    ['crops', ['all', 'on'], true],
    ['crops', ['all', 'x'], 1, 'crops.all.x'],
    ['lens', [], { zoom: 1 }],
    ['lens', [], { zoom: 1, motor: 'm' }, 'lens.motor'],
    ['crops', [], { left: { x: 1 }, all: { on: true } }],
    ['crops', [], { left: { x: 1 }, right: { run: 'sh' } }, 'crops.right.run'],
    ['crops', ['left'], { run: 'sh' }, 'crops.left.run'],
    ['crops', [], { all: { x: 1 } }, 'crops.all.x'],
    ['free', [], { any: 1 }, 'free.any'],
    ['list', [], ['a', 'b']],
    ['lens', [], null],
  ];
  for (const [option, inside, value, path] of cases)
    t.equal(set(option, value, inside), path && offList(path), JSON.stringify([option, inside, value]));
  t.equal(why({ is: 'unset', node: 'cam', option: 'lens', inside: ['zoom'] }), undefined);
  t.equal(why({ is: 'unset', node: 'cam', option: 'device' }), undefined);
  t.equal(why({ is: 'unset', node: 'cam', option: 'lens', inside: ['motor'] }), offList('lens.motor'));
  t.end();
});

t.test('a text must match the pattern of its mark; other types are checked by the schema', (t) => {
  t.equal(set('device', '/dev/video1'), undefined);
  t.equal(
    set('device', '/dev/video1/../mem'),
    '"/dev/video1/../mem" cannot be set for "device" from a page; set it in the file on the machine.',
  );
  t.equal(set('device', 7), undefined);
  t.end();
});

t.test('only the editable values of a node are visible, at every depth', (t) => {
  const cam = NODES.get('cam');
  if (!cam) throw new Error('the node is there');
  const options = {
    width: 1,
    command: 'sh',
    toString: 'x',
    lens: { zoom: 2, motor: 'm' },
    crops: { left: { x: 1, run: 'sh' }, all: { on: true, x: 2 }, none: null },
    list: [{ run: 'sh' }],
    free: { any: 1 },
  };

  const node = editableNode({ ...cam, options }, CATALOG, NODES);

  t.match(node, { id: 'cam', use: 'acme/cam' });
  t.strictSame(node.options, {
    width: 1,
    lens: { zoom: 2 },
    crops: { left: { x: 1 }, all: { on: true }, none: null },
    list: [{ run: 'sh' }],
    free: { any: 1 },
  });
  t.strictSame(Object.keys(node.editable), ['width', 'device', 'lens', 'crops', 'list', 'free']);
  t.end();
});

t.test('an edit is described in few words, with long values shortened', (t) => {
  const value = (text: string) => describe({ is: 'set', node: 'cam', option: 'a', value: text });

  t.equal(describe({ is: 'add', node: 'new', like: 'cam', options: {} }), 'new added');
  t.equal(describe({ is: 'remove', node: 'cam' }), 'cam removed');
  t.equal(describe({ is: 'unset', node: 'cam', option: 'a', inside: ['b', 'c'] }), 'cam.a.b.c removed');
  t.equal(describe({ is: 'set', node: 'cam', option: 'a', value: { b: 1 } }), 'cam.a = {"b":1}');
  t.equal(value('x'.repeat(58)), `cam.a = "${'x'.repeat(58)}"`);
  t.equal(value('x'.repeat(59)), `cam.a = "${'x'.repeat(59)}…`);
  t.end();
});
