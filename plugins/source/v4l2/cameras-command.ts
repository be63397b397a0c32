// `camd cameras`: every camera that is connected, what it offers, who uses it, and a node to paste.

import { systemClock } from '../../../core/base/clock.ts';
import { misuse, type StandaloneCommand } from '../../../core/contract/plugin.ts';
import { type Control, parseControls } from './controls.ts';
import { type Device, listDevices } from './devices.ts';
import { type OfferedFormat, parseOffers } from './formats.ts';
import { describeHolder, type Holder, holdersOf } from './holders.ts';
import { isKnownFormat } from './pixels.ts';
import { ask } from './tool.ts';

interface Connected {
  readonly name: string;
  readonly driver: string;
  /** The path that finds the camera again: by its id if that is its own, else by its port. */
  readonly device: string;
  readonly file: string;
  /** Another camera has the same id: udev gives the link to the one that came last. */
  readonly sharedId: boolean;
  readonly formats: readonly OfferedFormat[];
  readonly controls: readonly Control[];
  readonly holders: readonly Holder[];
  /** Why the camera could not be asked. */
  readonly trouble: string | undefined;
}

const CALL_MS = 30_000;
const FORMATS = ['text', 'json'];

const cameras: StandaloneCommand = {
  summary: 'List the cameras of this machine, with a node to paste for each',
  usage: 'cameras [--format text|json]',

  async run(args, signal) {
    const format = formatOf(args);
    const devices = listDevices();
    const found = await Promise.all(devices.map((device) => lookAt(device, devices, signal)));
    const connected = found.filter((one) => one.formats.length > 0 || one.trouble !== undefined);
    if (format === 'json') return `${JSON.stringify(connected.map(asJson), undefined, 2)}\n`;
    if (connected.length === 0) return 'No camera is connected.\n';
    return connected.map(asText).join('\n');
  },
};

export default cameras;

function formatOf(args: readonly string[]): string {
  const [first, second] = args;
  if (first === undefined) return 'text';
  const value = first === '--format' ? second : /^--format=(.*)$/.exec(first)?.[1];
  const rest = args.slice(first === '--format' ? 2 : 1);
  if (value === undefined || !FORMATS.includes(value) || rest.length > 0) {
    throw misuse(
      'bad-arguments',
      `camd cameras: ${args.join(' ')} is none of its options; use --format text or --format json`,
    );
  }
  return value;
}

async function lookAt(device: Device, all: readonly Device[], signal: AbortSignal): Promise<Connected> {
  const { file, name } = device;
  const info = await ask(['-d', file, '--info'], signal, systemClock, CALL_MS);
  const listed = await ask(['-d', file, '--list-formats-ext', '--list-ctrls-menus'], signal, systemClock, CALL_MS);
  const silent = info.out.includes('Driver name') ? undefined : info.err.trim() || 'it does not answer';
  const [id] = device.ids;
  const [path] = device.paths;
  // Two cameras without a serial number have the same id. udev keeps one link: the other camera has none.
  const alike = all.filter((one) => one.name === name);
  const sharedId = alike.length > 1 && alike.some((one) => one.ids.length === 0) && !hasSerial(info.out);
  return {
    name,
    driver: /Driver name\s*: (\S+)/.exec(info.out)?.[1] ?? 'unknown',
    device: (sharedId ? (path ?? id) : (id ?? path)) ?? file,
    file,
    sharedId,
    formats: parseOffers(listed.out),
    controls: parseControls(listed.out),
    holders: await holdersOf(file),
    trouble: silent,
  };
}

const hasSerial = (info: string): boolean => /^\s*Serial\s*: \S/m.test(info);

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

function asText(one: Connected): string {
  const lines = [`${one.name || 'Camera'} (${one.driver}, ${one.file})`];
  if (one.sharedId) lines.push('  shares its id with another camera of the same model; its port tells them apart');
  if (one.trouble !== undefined) lines.push(`  cannot be asked: ${one.trouble}`);
  lines.push(
    one.holders.length === 0
      ? '  not in use, as far as this user can see'
      : `  used by ${one.holders.map(describeHolder).join(', ')}`,
  );
  for (const { pixels, sizes } of one.formats) {
    const offered = sizes.map(({ size, rates }) => (rates.length === 0 ? size : `${size} (${rates.join(', ')} fps)`));
    lines.push(`  ${pixels}  ${offered.join(', ')}`);
  }
  const settable = one.controls.filter(({ flags, type }) => !flags.includes('read-only') && KINDS.has(type));
  if (settable.length > 0) lines.push('  controls:', ...settable.map((control) => `    ${controlLine(control)}`));
  return `${lines.join('\n')}\n\n${nodeToPaste(one)}`;
}

/** What a profile can set. */
const KINDS: ReadonlySet<string> = new Set(['int', 'int64', 'bool', 'menu', 'intmenu']);

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
