// Valid YAML profiles in unusual forms: anchors, CRLF, tabs in comments, flow maps, block scalars.

import { random } from './random.ts';

type Pick = (below: number) => number;

/** The profile with this number; the same number gives the same text. */
export function oddProfile(seed: number): string {
  const pick = random(seed + 1);
  const step = ' '.repeat(1 + pick(6));
  const nodes = Array.from({ length: 2 + pick(6) }, (_, index) => nodeLines(`n${index}`, step, pick));
  const flow = pick(8) === 0;
  const pipeline = flow ? flowPipeline(pick) : ['pipeline:', ...nodes.flatMap((lines) => [...gap(pick), ...lines])];
  const head = ['camd: 1', ...gap(pick), ...(pick(2) === 0 ? ['vars:', `${step}v: &shared 12 # tab\there`] : [])];
  const foot = pick(3) === 0 ? ['watch: false', '# the end\t'] : [];
  const text = [...head, ...gap(pick), ...pipeline, ...foot].join(pick(3) === 0 ? '\r\n' : '\n');
  return pick(4) === 0 ? text : `${text}${text.includes('\r') ? '\r\n' : '\n'}`;
}

function nodeLines(id: string, step: string, pick: Pick): string[] {
  const key = pick(5) === 0 ? `"${id}"` : id;
  const options = optionTexts(pick);
  if (pick(3) === 0)
    return [
      `${step}${key}: { ${options.filter((option) => !option.includes('\n')).join(' ,  ')}${pick(4) === 0 ? ',' : ''} }${comment(pick)}`,
    ];
  if (pick(6) === 0)
    return [`${step}${key}:`, `${step}${step}{ use: a/b,`, `${step}${step}  more: [1, 2], # why`, `${step}${step}}`];
  const inner = step + step;
  const lines = options.flatMap((option) => [
    ...(pick(6) === 0 ? [`${inner}#\tnote`] : []),
    ...option
      .split('\n')
      .map((line, at) =>
        at === 0 ? `${inner}${line}${option.includes('\n') ? '' : comment(pick)}` : `${inner}  ${line}`,
      ),
  ]);
  return [`${step}${key}:${pick(5) === 0 ? ` &anchor_${id}` : ''}${comment(pick)}`, ...lines];
}

function optionTexts(pick: Pick): string[] {
  const all = [
    "a: 'single ''quoted'''",
    'b:   "double \\" quoted"',
    'c: [x, {y: z}, "w"]',
    'd: { e: 1 , f: 2 }',
    'g: |\nfirst\nsecond',
    'h: >-\nfolded\nmore',
    'i:',
    'j: 012',
    '"k l": ~',
    'm: - dash',
    'o:\n- one\n- two',
    'p:\nq: 1\nr: { s: 2 }',
  ];
  const chosen = all.filter(() => pick(3) === 0 && true).filter((option) => option !== 'm: - dash');
  return ['use: x/y', ...chosen, ...(pick(4) === 0 ? ['t: plain text with spaces'] : [])];
}

const flowPipeline = (pick: Pick): string[] =>
  pick(2) === 0
    ? ['pipeline: { n0: { use: a/b }, n1: {use: c/d , "x": 1}, n2: { use: e/f } }']
    : ['pipeline: {', '  n0: { use: a/b },  # first', '', '  n1: {', '    use: c/d,', '    y: [1,', '      2] },', '}'];

const gap = (pick: Pick): string[] => (pick(3) === 0 ? [''] : pick(6) === 0 ? ['', '# --- \t---', ''] : []);
const comment = (pick: Pick): string => (pick(4) === 0 ? ' # said \t: { [' : '');
