// `camd devices`: every connected camera with its formats, its controls, the programs that use it, and a node to paste.

import { misuse, type StandaloneCommand } from '../../../core/contract/plugin.ts';
import { describeHolder } from '../../kit/process/holders.ts';
import { type Connected, listConnected } from './connected.ts';
import type { Control } from './controls.ts';
import { isKnownFormat } from './pixels.ts';

const FORMATS = ['text', 'json'];

const devices: StandaloneCommand = {
  summary: 'List the cameras of this machine, with a node to paste for each',
  usage: 'devices [--format text|json]',

  async run(args, signal) {
    const format = formatOf(args);
    const connected = await listConnected(signal);
    if (format === 'json') return `${JSON.stringify(connected.map(asJson), undefined, 2)}\n`;
    if (connected.length === 0) return 'No camera is connected.\n';
    return connected.map(asText).join('\n');
  },
};

export default devices;

function formatOf(args: readonly string[]): string {
  const [first, second] = args;
  if (first === undefined) return 'text';
  const value = first === '--format' ? second : /^--format=(.*)$/.exec(first)?.[1];
  const rest = args.slice(first === '--format' ? 2 : 1);
  if (value === undefined || !FORMATS.includes(value) || rest.length > 0) {
    throw misuse(
      'bad-arguments',
      `camd devices: ${args.join(' ')} is not a valid option; use --format text or --format json`,
    );
  }
  return value;
}

function asJson({ controls, ...rest }: Connected): object {
  return {
    ...rest,
    controls: controls.map(({ menu, fallback, ...control }) => ({
      ...control,
      default: fallback,
      ...(menu.size === 0 ? {} : { menu: Object.fromEntries(menu) }),
    })),
  };
}

function asText(camera: Connected): string {
  const lines = [`${camera.name || 'Camera'} (${camera.driver}, ${camera.file})`];
  if (camera.sharedId) lines.push('  shares its id with another camera of the same model; its port distinguishes them');
  if (camera.trouble !== undefined) lines.push(`  cannot be queried: ${camera.trouble}`);
  lines.push(
    camera.holders.length === 0
      ? '  not in use, as far as this user can see'
      : `  used by ${camera.holders.map(describeHolder).join(', ')}`,
  );
  for (const { pixels, sizes } of camera.formats) {
    const offered = sizes.map(({ size, rates }) => (rates.length === 0 ? size : `${size} (${rates.join(', ')} fps)`));
    lines.push(`  ${pixels}  ${offered.join(', ')}`);
  }
  const settable = camera.controls.filter(
    ({ flags, type }) => !flags.includes('read-only') && SETTABLE_TYPES.has(type),
  );
  if (settable.length > 0) lines.push('  controls:', ...settable.map((control) => `    ${controlLine(control)}`));
  return `${lines.join('\n')}\n\n${nodeToPaste(camera)}`;
}

/** Types of controls that a profile can set. */
const SETTABLE_TYPES: ReadonlySet<string> = new Set(['int', 'int64', 'bool', 'menu', 'intmenu']);

function controlLine({ name, type, min, max, step, fallback, value, menu }: Control): string {
  const range =
    type === 'bool'
      ? 'true or false'
      : menu.size > 0
        ? [...menu].map(([index, text]) => `${index} ${text}`).join(', ')
        : `${min} to ${max}${step !== undefined && step > 1 ? ` in steps of ${step}` : ''}`;
  return `${name} ${value} (${range}; default ${fallback})`;
}

function nodeToPaste({ device, formats }: Connected): string {
  const best = formats.find(({ pixels }) => pixels === 'MJPG') ?? formats.find(({ pixels }) => isKnownFormat(pixels));
  const lines = ['  camera:', '    use: source/v4l2', `    device: ${device}`];
  const [first] = best?.sizes ?? [];
  const [, width, height] = /^(\d+)x(\d+)$/.exec(first?.size ?? '') ?? [];
  if (width !== undefined) lines.push(`    width: ${width}`, `    height: ${height}`);
  if (best && best.pixels !== 'MJPG') lines.push(`    format: ${best.pixels}`);
  return `${lines.join('\n')}\n`;
}
