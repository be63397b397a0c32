// A camera's controls: reads their list, orders the settings, and checks that the driver has accepted them.

import { closest } from '../../../core/base/closest.ts';

export type ControlValue = string | number | boolean;
export type Controls = Readonly<Record<string, ControlValue>>;

export interface Control {
  readonly name: string;
  readonly type: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly step: number | undefined;
  readonly fallback: number | undefined;
  readonly value: string | undefined;
  readonly flags: readonly string[];
  /** Entries of a menu: number → text. */
  readonly menu: ReadonlyMap<number, string>;
}

/** `--list-ctrls-menus`. */
export function parseControls(text: string): Control[] {
  const controls: (Control & { menu: Map<number, string> })[] = [];
  for (const line of text.split('\n')) {
    const [, name, type, rest = ''] = /^\s*(\w+) 0x[0-9a-f]+ \((\w+)\s*\)\s*: (.*)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) {
      const number = (key: string): number | undefined => {
        const found = new RegExp(`\\b${key}=(-?(?:0x[0-9a-f]+|\\d+))`).exec(rest)?.[1];
        return found === undefined ? undefined : Number(found);
      };
      controls.push({
        name,
        type,
        min: number('min'),
        max: number('max'),
        step: number('step'),
        fallback: number('default'),
        value: /\bvalue=(\S+)/.exec(rest)?.[1],
        flags: /\bflags=(.*)$/.exec(rest)?.[1]?.split(', ') ?? [],
        menu: new Map(),
      });
      continue;
    }
    const [, index, item] = /^\s+(\d+): (.*)$/.exec(line) ?? [];
    if (index !== undefined && item !== undefined) controls.at(-1)?.menu.set(Number(index), item.trim());
  }
  return controls;
}

export interface Setting {
  readonly name: string;
  readonly value: number;
}

export interface Resolved {
  readonly wanted: readonly Setting[];
  /** Control → why it cannot be set, as a sentence. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Converts names and menu texts to numbers; automatic controls first, so that dependent values can be set in the same call. */
export function resolveControls(controls: Controls, known: readonly Control[]): Resolved {
  const refused = new Map<string, string>();
  const wanted: Setting[] = [];
  for (const [name, value] of Object.entries(controls)) {
    const control = known.find((one) => one.name === name);
    const found = control ? numberOf(value, control) : unknown(name, known);
    if (typeof found === 'number') wanted.push({ name, value: found });
    else refused.set(name, found);
  }
  const rank = ({ name }: Setting): number => (/auto/.test(name) ? 0 : 1);
  return { wanted: wanted.sort((a, b) => rank(a) - rank(b)), refused };
}

function unknown(name: string, known: readonly Control[]): string {
  const names = known.map((one) => one.name);
  const hint = closest(name, names);
  const rest = hint === undefined ? `it has ${names.join(', ') || 'none'}` : `did you mean ${hint}?`;
  return `The camera has no control ${name}; ${rest}${rest.endsWith('?') ? '' : '.'}`;
}

function numberOf(value: ControlValue, control: Control): number | string {
  const { name, type, min, max, step, menu, flags } = control;
  if (flags.includes('read-only')) return `${name} can only be read.`;
  if (typeof value === 'boolean' || type === 'bool') {
    if (type !== 'bool') return `${name} is a number, not ${value}.`;
    if (value === true || value === 1 || value === 'true') return 1;
    return value === false || value === 0 || value === 'false' ? 0 : `${name} is true or false, not ${value}.`;
  }
  if (menu.size > 0) {
    if (typeof value === 'number' && menu.has(value)) return value;
    const text = String(value).toLowerCase();
    const entry = [...menu].find(([, item]) => item.toLowerCase() === text);
    if (entry) return entry[0];
    return `${name} is one of ${[...menu].map(([index, item]) => `${index} (${item})`).join(', ')}, not ${value}.`;
  }
  if (typeof value !== 'number') return `${name} is a number, not "${value}".`;
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    return `${name} is from ${min} to ${max}, not ${value}; the driver would silently use the nearest.`;
  }
  if (step !== undefined && step > 1 && min !== undefined && (value - min) % step !== 0) {
    return `${name} goes in steps of ${step} from ${min}, so it cannot be ${value}.`;
  }
  return value;
}

export const setArguments = (wanted: readonly Setting[]): string[] => [
  '-c',
  wanted.map(({ name, value }) => `${name}=${value}`).join(','),
  '-C',
  wanted.map(({ name }) => name).join(','),
];

/** `-C` prints "brightness: 64" and "auto_exposure: 1 (Manual Mode)". Control → "expected 100, found 64". */
export function differences(wanted: readonly Setting[], text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, value } of wanted) {
    const read = new RegExp(`^${name}: (\\S+)`, 'm').exec(text)?.[1];
    if (read !== String(value)) found.set(name, `expected ${value}, found ${read ?? 'nothing'}`);
  }
  return found;
}
