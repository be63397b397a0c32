// Cameras of the editable nodes of a page, and the edits from a form: only the differences.

import t from 'tap';
import type { EditableNode, EditableOption } from '../../../../core/contract/plugin.ts';
import {
  blank,
  camerasOf,
  type Draft,
  defaultsOf,
  editsToAdd,
  editsToChange,
  editsToRemove,
  homesOf,
  type Subject,
} from '../../../../plugins/http/settings/cameras.ts';
import { addFromForm } from '../../../../plugins/http/settings/form.ts';

const option = (types: string[], more: Partial<EditableOption> = {}): EditableOption => ({
  description: 'One.',
  types,
  required: false,
  ...more,
});
const FIELDS = {
  device: option(['string', 'integer'], { required: true }),
  width: option(['integer']),
  stereo: option(['boolean'], { default: false }),
};

const MANY: EditableNode = {
  id: 'eyes',
  use: 'acme/eyes',
  options: {
    width: 640,
    cameras: { left: { device: 0, stereo: false }, right: { device: 1, width: 320, stereo: true } },
  },
  editable: {
    width: option(['integer']),
    cameras: option(['object'], { entries: option(['object'], { properties: FIELDS }) }),
  },
};
const ONE: EditableNode = {
  id: 'top',
  use: 'acme/eye',
  options: { device: 7 },
  editable: { device: FIELDS.device, width: FIELDS.width },
};
const TAGS: EditableNode = {
  id: 'tags',
  use: 'acme/tags',
  options: { offsets: { left: { roll: 1, tilt: 2 } } },
  editable: {
    offsets: option(['object'], {
      entries: option(['object'], { names: ['roll', 'yaw'], entries: option(['number']) }),
    }),
  },
};
const NODES = [MANY, TAGS, ONE];

const camera = (name: string): Subject => {
  const found = camerasOf(NODES).find((item) => item.name === name);
  if (!found) throw new Error(`no camera ${name}`);
  return found;
};
const draft = (subject: Subject, values: Draft['values'], numbers: Draft['tables'][number] = {}): Draft => ({
  name: subject.name,
  values: { ...(subject.values as Draft['values']), ...values },
  tables: subject.tables.map((table) => ({ ...table.values, ...numbers })),
});

t.test('cameras are entries of a map or nodes of their own, each with its numbers', async (t) => {
  t.same(
    camerasOf(NODES).map(({ name, place }) => [name, place]),
    [
      ['left', { is: 'entry', node: 'eyes', option: 'cameras' }],
      ['right', { is: 'entry', node: 'eyes', option: 'cameras' }],
      ['top', { is: 'node', node: 'top' }],
    ],
  );
  t.match(camera('left').tables, [
    { node: 'tags', option: 'offsets', values: { roll: 1, tilt: 2 }, names: ['roll', 'yaw', 'tilt'] },
  ]);
  t.equal(camera('left').inherited.width, 640);
  t.same(
    defaultsOf(NODES).map(({ name, fields }) => [name, Object.keys(fields)]),
    [['eyes', ['width']]],
  );
  t.same(
    homesOf(NODES).map(({ place }) => place.node),
    ['eyes', 'top'],
  );
});

t.test('a change contains only the differences, and an empty field restores the default', async (t) => {
  const right = camera('right');

  t.same(editsToChange(right, draft(right, {})), []);
  t.same(editsToChange(right, draft(right, { device: 9, width: undefined, stereo: false })), [
    { is: 'set', node: 'eyes', option: 'cameras', inside: ['right', 'device'], value: 9 },
    { is: 'unset', node: 'eyes', option: 'cameras', inside: ['right', 'width'] },
    { is: 'unset', node: 'eyes', option: 'cameras', inside: ['right', 'stereo'] },
  ]);
  const top = camera('top');
  t.same(editsToChange(top, draft(top, { width: 99 })), [{ is: 'set', node: 'top', option: 'width', value: 99 }]);
});

t.test('numbers of a table are set and removed individually', async (t) => {
  const left = camera('left');

  t.same(editsToChange(left, draft(left, {}, { roll: undefined, yaw: -3 })), [
    { is: 'unset', node: 'tags', option: 'offsets', inside: ['left', 'roll'] },
    { is: 'set', node: 'tags', option: 'offsets', inside: ['left', 'yaw'], value: -3 },
  ]);
});

t.test('a camera is added as an entry or as a node, without default values', async (t) => {
  const [entry, node] = homesOf(NODES);
  if (!entry || !node) throw new Error('two homes');
  const values = { device: 3, width: undefined, stereo: false };

  t.same(editsToAdd(blank(entry, NODES), { name: 'new', values, tables: [{ roll: 2 }] }), [
    { is: 'set', node: 'eyes', option: 'cameras', inside: ['new'], value: { device: 3 } },
    { is: 'set', node: 'tags', option: 'offsets', inside: ['new', 'roll'], value: 2 },
  ]);
  t.same(editsToAdd(blank(node, NODES), { name: 'new', values: { device: 3 }, tables: [] }), [
    { is: 'add', node: 'new', like: 'top', options: { device: 3 } },
  ]);
});

t.test('deleting a camera removes its numbers', async (t) => {
  t.same(editsToRemove(camera('left')), [
    { is: 'unset', node: 'eyes', option: 'cameras', inside: ['left'] },
    { is: 'unset', node: 'tags', option: 'offsets', inside: ['left'] },
  ]);
  t.same(editsToRemove(camera('right')), [{ is: 'unset', node: 'eyes', option: 'cameras', inside: ['right'] }]);
  t.same(editsToRemove(camera('top')), [{ is: 'remove', node: 'top' }]);
});

t.test('a form of the original without a node for cameras, or without a name, is an error', async (t) => {
  t.same(
    addFromForm(new URLSearchParams('name=x'), [TAGS], () => undefined),
    {
      error: 'No node of this page accepts cameras.',
    },
  );
  t.same(
    addFromForm(new URLSearchParams('name=+'), NODES, () => undefined),
    { error: 'Give the camera a name.' },
  );
});
