// Edits of a profile's text change the requested part and no other byte.

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { toValue } from '../../../../core/profile/source/tree.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';
import { editText, MAX_EDITS } from '../../../../plugins/kit/editing/text/edit.ts';
import type { Edit, EditResult, PlainValue } from '../../../../plugins/kit/editing/text/edits.ts';
import { oddProfile } from '../../../support/odd-profiles.ts';
import { random } from '../../../support/random.ts';

/** Ten thousand with CAMD_LONG=1. */
const EDITS = process.env.CAMD_LONG === '1' ? 10_000 : 300;

const SAMPLE = [
  'camd: 1',
  '',
  'pipeline:',
  '  # the left one',
  '  left:   # by the door',
  '    use: source/v4l2',
  '    width:   640   # pixels',
  '    controls: { gain: 3 , hue: 1 }',
  '',
  "  web: { use: http/server,   listen: '127.0.0.1:8080' }   # local",
  '',
].join('\n');

const edited = (text: string, ...edits: Edit[]): string => {
  const result = editText(text, edits);
  return result.ok ? result.text : `${result.reason}: ${result.message}`;
};
const left = (...path: string[]): string[] => ['pipeline', 'left', ...path];

t.test('a value is replaced in place, and its comment and its blanks stay', async (t) => {
  const text = edited(SAMPLE, { is: 'set', path: left('width'), value: 1280 });

  t.equal(text, SAMPLE.replace('width:   640   # pixels', 'width:   1280   # pixels'));
});

t.test('a missing option is added at the end of its node', async (t) => {
  const text = edited(SAMPLE, { is: 'set', path: left('fps'), value: 15 });

  t.equal(text, SAMPLE.replace('hue: 1 }\n', 'hue: 1 }\n    fps: 15\n'));
});

t.test('entries of a flow map are set, added and removed with their commas', async (t) => {
  t.match(edited(SAMPLE, { is: 'set', path: left('controls', 'gain'), value: 4 }), '{ gain: 4 , hue: 1 }');
  t.match(edited(SAMPLE, { is: 'set', path: left('controls', 'iris'), value: 2 }), '{ gain: 3 , hue: 1, iris: 2 }');
  t.match(edited(SAMPLE, { is: 'remove', path: left('controls', 'gain') }), '{ hue: 1 }');
  t.match(edited(SAMPLE, { is: 'remove', path: left('controls', 'hue') }), '{ gain: 3 }');
});

t.test('a node is added after its neighbour, with the blank line that separates the others', async (t) => {
  const value = { use: 'source/v4l2', width: 320 };

  const text = edited(SAMPLE, { is: 'insert', path: ['pipeline', 'right'], value, after: 'left' });

  t.equal(text, SAMPLE.replace('hue: 1 }\n', 'hue: 1 }\n\n  right: { use: source/v4l2, width: 320 }\n'));
});

t.test('removing a node removes its own lines and nothing else', async (t) => {
  const text = edited(SAMPLE, { is: 'remove', path: left() });

  t.equal(text, SAMPLE.replace(/ {2}left:[\s\S]*?hue: 1 }\n/, ''));
});

t.test(
  'text that looks like a number, YAML or an interpolation is written so that it reads back as text',
  async (t) => {
    const values = [
      '1',
      'yes',
      'null',
      '~',
      '0x10',
      '1e3',
      'a: b',
      'a #b',
      '- a',
      '${env:HOME}',
      '$${x}',
      '{a}',
      '',
      ' a ',
      'é\n"',
      '*x',
      '&x',
      '!t',
      '%',
      '@',
      '`',
      "it's",
      'C:\\x',
      ':8080',
      '[::1]:80',
      '?',
      ',',
    ];
    for (const value of values) {
      const result = edited(SAMPLE, { is: 'set', path: left('format'), value });
      const inFlow = edited(SAMPLE, { is: 'set', path: left('controls', 'gain'), value });

      const written = value.split('${').join('$${');
      t.equal(at(result, left('format')), written, JSON.stringify(value));
      t.equal(at(inFlow, left('controls', 'gain')), written, `${JSON.stringify(value)} in a flow map`);
    }
  },
);

t.test('items are added to lists and removed from them, in every form', async (t) => {
  const list = (from: string) => `camd: 1\npipeline:\n  c: { use: x/y }\n  s:\n    from: ${from}\n    on: web\n`;
  const path = ['pipeline', 's', 'from'];
  const add: Edit = { is: 'append', path, value: 'new' };
  const drop: Edit = { is: 'drop', path, value: 'a' };

  t.equal(edited(list('a # one'), add), list('[a, new] # one'));
  t.equal(edited(list('[ a, b ] # two'), add), list('[ a, b, new ] # two'));
  t.equal(edited(list('[ a, b ] # two'), drop), list('[ b ] # two'));
  t.equal(edited(list('[b, a]'), drop), list('[b]'));
  t.equal(edited(list('\n      - a # first\n      - b'), add), list('\n      - a # first\n      - b\n      - new'));
  t.equal(edited(list('\n    - b\n    - a # gone'), drop), list('\n    - b'));
  t.match(editText(list('[a]'), [drop]), { ok: false, reason: 'unsafe' });
  t.match(editText(list('[b]'), [drop]), { ok: false, reason: 'missing' });
});

t.test('line ends are preserved', async (t) => {
  const text = edited(SAMPLE.replaceAll('\n', '\r\n'), { is: 'set', path: left('fps'), value: 5 });

  t.equal(text, SAMPLE.replace('hue: 1 }\n', 'hue: 1 }\n    fps: 5\n').replaceAll('\n', '\r\n'));
});

t.test('a value that several places share is not changed', async (t) => {
  const shared = SAMPLE.replace('640', '&w 640').replace("'127.0.0.1:8080'", "'127.0.0.1:8080', backlog: *w");
  const alias = 'camd: 1\npipeline:\n  a: &a { use: x/y }\n  b: *a\n';

  t.match(editText(shared, [{ is: 'set', path: left('width'), value: 1 }]), { ok: false, reason: 'shared' });
  t.match(editText(alias, [{ is: 'set', path: ['pipeline', 'b', 'use'], value: 'z/z' }]), {
    ok: false,
    reason: 'shared',
  });
  t.match(edited(shared, { is: 'set', path: ['pipeline', 'web', 'backlog'], value: 7 }), 'backlog: 7 }');
});

t.test('an impossible edit is refused with its reason, and all edits or none are applied', async (t) => {
  const reason = (...edits: Edit[]) => {
    const result = editText(SAMPLE, edits);
    return result.ok ? 'done' : result.reason;
  };

  t.equal(reason({ is: 'remove', path: left('nothing') }), 'missing');
  t.equal(reason({ is: 'set', path: ['pipeline', 'nobody', 'width'], value: 1 }), 'missing');
  t.equal(reason({ is: 'insert', path: left(), value: {} }), 'exists');
  t.equal(reason({ is: 'set', path: left('width'), value: 1 }, { is: 'remove', path: left('nothing') }), 'missing');
  t.equal(
    reason(...Array.from({ length: MAX_EDITS + 1 }, (): Edit => ({ is: 'set', path: left('width'), value: 1 }))),
    'unsafe',
  );
  t.match(editText('a: [', [{ is: 'set', path: ['a'], value: 1 }]), { ok: false, reason: 'unreadable' });
});

t.test(`${EDITS} random edits of shipped and of odd profiles change only the node that they name`, async (t) => {
  const shipped = readdirSync('configs')
    .filter((name) => /^[^.]+\.yaml$/.test(name))
    .map((name) => readFileSync(`configs/${name}`, 'utf8'));
  const odd = Array.from({ length: 200 }, (_, index) => oddProfile(index));
  const texts = [...shipped, ...odd];
  const pick = random(7);
  const outcomes = new Map<string, number>();
  for (let round = 0; round < EDITS; round++) {
    const text = texts[round % texts.length] ?? '';
    const edit = randomEdit(text, pick);
    const result = editText(text, [edit]);

    const outcome = result.ok ? 'done' : result.reason;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const fault = faultOf(text, edit, result);
    if (fault !== undefined) {
      t.fail(`${fault}\n${JSON.stringify(edit)}\n${text}\n---\n${result.ok ? result.text : result.message}`);
      break;
    }
  }

  t.ok((outcomes.get('done') ?? 0) > EDITS * 0.9, `most edits are possible: ${JSON.stringify([...outcomes])}`);
});

/** The fault of an outcome; undefined if it has none. */
function faultOf(text: string, edit: Edit, result: EditResult): string | undefined {
  if (!result.ok)
    return ['shared', 'unsafe', 'missing'].includes(result.reason) ? undefined : `refused: ${result.reason}`;
  const [, node = ''] = edit.path;
  const before = pipelineOf(text);
  const after = pipelineOf(result.text);
  const others = (nodes: Record<string, unknown>) =>
    JSON.stringify(Object.entries(nodes).filter(([id]) => id !== node));
  const sorted = (nodes: Record<string, unknown>) =>
    JSON.stringify(
      Object.entries(nodes)
        .filter(([id]) => id !== node)
        .sort(),
    );
  if (edit.is === 'insert' ? sorted(before) !== sorted(after) : others(before) !== others(after))
    return 'another node changed';
  const meant = edit.is === 'remove' ? undefined : JSON.stringify('value' in edit ? edit.value : undefined);
  if (JSON.stringify(at(result.text, edit.path)) !== meant) return 'the value is not the requested one';
  const [start, end] = linesOf(text, node);
  const lines = text.split('\n');
  const next = result.text.split('\n');
  if (edit.is === 'insert') {
    return lines.every((line) => next.some((other) => other.trimEnd() === line.trimEnd())) || pipelineIsFlow(text)
      ? undefined
      : 'a line was lost';
  }
  const head = lines.slice(0, start).join('\n');
  const tail = lines.slice(end).join('\n');
  return result.text.startsWith(head) && result.text.endsWith(tail) ? undefined : 'lines outside of the node changed';
}

const treeOf = (text: string): unknown => {
  const { tree } = parseYaml('p.yaml', text);
  return tree && toValue(tree);
};
const pipelineOf = (text: string): Record<string, unknown> => (at(text, ['pipeline']) ?? {}) as Record<string, unknown>;
const pipelineIsFlow = (text: string): boolean => /^pipeline: *\{/m.test(text);

function at(text: string, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], treeOf(text));
}

/** The lines of a node as [first, after the last], from the positions of the parser. */
function linesOf(text: string, node: string): [number, number] {
  const { tree } = parseYaml('p.yaml', text);
  const pipeline = tree?.kind === 'map' ? tree.entries.get('pipeline')?.value : undefined;
  if (pipeline?.kind !== 'map') return [0, 0];
  const ids = [...pipeline.entries.keys()];
  const first = (pipeline.entries.get(node)?.key.line ?? 1) - 1;
  const next = pipeline.entries.get(ids[ids.indexOf(node) + 1] ?? '')?.key.line;
  return [first, next === undefined || next - 1 <= first ? Math.max(first + 1, lastLineOf(text, first)) : next - 1];
}

/** Up to the next line that is indented no deeper than the pipeline's own key. */
function lastLineOf(text: string, first: number): number {
  const lines = text.split('\n');
  const found = lines.findIndex((line, index) => index > first && /^[^\s#]/.test(line));
  return found < 0 ? lines.length : found;
}

function randomEdit(text: string, pick: (below: number) => number): Edit {
  const nodes = Object.entries(pipelineOf(text));
  const [id, options] = nodes[pick(nodes.length)] ?? ['none', {}];
  const keys = Object.keys(typeof options === 'object' && options !== null ? options : {});
  const values: readonly PlainValue[] = [
    7,
    true,
    'plain',
    'a: b, {c}',
    '15s',
    null,
    [1, 'two'],
    { deep: { er: 1 } },
    '"',
    'ü #',
  ];
  const value = values[pick(values.length)] ?? 0;
  const key = keys[pick(keys.length)] ?? 'use';
  const kind = pick(12);
  const inner = innerPath(options, pick);
  if (kind >= 10 && inner) {
    const path = ['pipeline', id, ...inner];
    if (pick(4) === 0) return { is: 'remove', path };
    return { is: 'set', path: pick(3) === 0 ? [...path.slice(0, -1), `new_${pick(9)}`] : path, value };
  }
  if (kind < 5) return { is: 'set', path: ['pipeline', id, key], value };
  if (kind < 7) return { is: 'set', path: ['pipeline', id, `new_${pick(9)}`], value };
  if (kind === 7) return { is: 'remove', path: ['pipeline', id, key] };
  if (kind === 8 && nodes.length > 1) return { is: 'remove', path: ['pipeline', id] };
  return { is: 'insert', path: ['pipeline', `added_${pick(9)}`], value: { use: 'x/y', on: value }, after: id };
}

/** The path to an entry of a map inside the options, as deep as possible; undefined if there is none. */
function innerPath(options: unknown, pick: (below: number) => number): string[] | undefined {
  const path: string[] = [];
  let value = options;
  while (isMap(value) && Object.keys(value).length > 0) {
    const keys = Object.keys(value).filter((key) => path.length > 0 || isMap((value as Record<string, unknown>)[key]));
    const key = keys[pick(keys.length)];
    if (key === undefined) return undefined;
    path.push(key);
    value = value[key];
  }
  return path.length > 1 ? path : undefined;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
