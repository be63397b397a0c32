// `camd init`: asks what the machine is for, detects its cameras and programs, and writes a valid, commented profile.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installProgram } from '../../../core/base/debian-packages.ts';
import { ownPackage } from '../../../core/base/package.ts';
import { errorCode, reason } from '../../../core/base/reason.ts';
import { type Args, type Command, EXIT, type Io, UsageError } from '../../../core/cli/command.ts';
import { read } from '../../../core/cli/reading.ts';
import type { ProblemCode } from '../../../core/contract/problems.ts';
import { renderProblems } from '../../../core/profile/show/render.ts';
import { quoted } from '../../kit/examine/connection.ts';
import { nextFree } from '../../kit/examine/ports.ts';
import { createDialogue, type Dialogue } from './dialogue.ts';
import { detect, type Facts, MOONRAKER } from './facts.ts';
import type { Answers, Camera, Kind } from './kind.ts';
import { KINDS } from './kinds/index.ts';
import { saveWhole } from './save.ts';

/** Problems with secrets, which the user sets later. */
const LATER: ReadonlySet<string> = new Set<ProblemCode>(['unset-variable', 'unreadable-secret']);
const FILE = 'camd.yaml';

const init: Command = {
  name: 'init',
  summary: 'Detect cameras, ask what this machine is for, and write a profile for it',
  usage: [
    'init [--kind KIND] [--camera DEVICE]... [--url URL] [--network] [--port PORT] [--output FILE] [--force] [--yes]',
  ],
  details: `It asks on a terminal; in a script, and with --yes, it uses the detected values and the options. An existing file is not replaced\nwithout --force. It writes no secret: it prints the variables that the profile reads.\n\nKinds:\n${KINDS.map(({ name, title }) => `  ${name.padEnd(20)} ${title}`).join('\n')}`,
  options: {
    kind: {
      type: 'string',
      value: 'KIND',
      choices: KINDS.map(({ name }) => name),
      description: 'the purpose of this machine',
    },
    camera: {
      type: 'string',
      multiple: true,
      value: 'DEVICE',
      description: 'only this camera, such as /dev/video0; may be repeated',
    },
    url: { type: 'string', value: 'URL', description: "the kind's server: Moonraker, the MQTT broker or the API" },
    network: { type: 'boolean', description: 'allow viewers from the whole network, not only from this machine' },
    port: { type: 'string', value: 'PORT', description: 'the port to serve on; if it is in use, the next free one' },
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      description: `where to write the profile; ${FILE} if not given`,
    },
    force: { type: 'boolean', description: 'replace an existing file' },
    yes: { type: 'boolean', short: 'y', description: 'ask no questions' },
  },
  words: { least: 0, most: 0 },

  async run(io, args) {
    const port = args.text('port');
    if (port !== undefined && !/^[1-9]\d{0,4}$/.test(port))
      throw new UsageError(`camd init: --port must be a number, not "${port}"`);
    const control = new AbortController();
    const releases = (['SIGINT', 'SIGTERM'] as const).map((signal) => io.onSignal(signal, () => control.abort()));
    try {
      const facts = await detect(io, control.signal);
      const dialogue = io.canAsk && !args.on('yes') ? createDialogue(io) : undefined;
      if (dialogue) io.out(found(facts));
      const kind = await kindOf(args, facts, dialogue);
      const answers = await answersOf(kind, args, facts, dialogue);
      const file = args.text('output') ?? (await dialogue?.ask('Write it to', FILE)) ?? FILE;
      await dialogue?.end();
      return await write(io, args, { kind, answers, facts, file });
    } finally {
      for (const release of releases) release();
    }
  },
};

export default init;

function found({ cameras, programs, moonraker }: Facts): string {
  const lines = cameras.map((camera) => `  ${camera.name}${camera.is === 'usb' ? ` at ${camera.device}` : ''}`);
  const missing = Object.keys(programs).filter((name) => programs[name] !== true);
  return [
    cameras.length === 0
      ? 'No camera was found.'
      : `Found ${cameras.length} ${cameras.length === 1 ? 'camera' : 'cameras'}:`,
    ...lines,
    ...(moonraker ? [`A Moonraker answers at ${MOONRAKER}.`] : []),
    ...(missing.length > 0 ? [`Not installed: ${missing.join(', ')}.`] : []),
    '',
    '',
  ].join('\n');
}

async function kindOf(args: Args, { cameras, moonraker }: Facts, dialogue: Dialogue | undefined): Promise<Kind> {
  const likely = moonraker ? 'printer' : cameras.some(({ is }) => is === 'usb') || cameras.length === 0 ? 'usb' : 'pi';
  const name = args.text('kind') ?? (await dialogue?.choose('What is this machine for?', KINDS, likely)) ?? likely;
  const kind = KINDS.find((candidate) => candidate.name === name);
  if (!kind) throw new UsageError(`camd init has no kind "${name}"`);
  return kind;
}

async function answersOf(kind: Kind, args: Args, facts: Facts, dialogue: Dialogue | undefined): Promise<Answers> {
  const cameras = camerasOf(kind, args.texts('camera'), facts);
  const isOpen = kind.port === undefined ? false : await isForNetwork(args, dialogue);
  const host = isOpen ? '*' : '127.0.0.1';
  const wanted = Number(args.text('port') ?? kind.port ?? 0);
  const port = kind.port === undefined ? 0 : (nextFree(host, wanted, facts.taken) ?? wanted);
  const { url } = kind;
  const isUrl = (text: string): string | undefined => {
    const plain = text.replaceAll(/\{\w+\}/g, 'x');
    if (!URL.canParse(plain) || !url?.schemes.includes(new URL(plain).protocol))
      return `"${text}" is not a URL such as ${url?.fallback}.`;
    if (/['\s]/.test(text) || new URL(plain).username !== '') return 'Leave out quotes, spaces, user and password.';
    return undefined;
  };
  const given = args.text('url');
  const wrong = given === undefined || url === undefined ? undefined : isUrl(given);
  if (wrong !== undefined) throw new UsageError(`camd init: --url: ${wrong}`);
  if (given !== undefined && url === undefined)
    throw new UsageError(`camd init: the kind ${kind.name} has no URL; leave out --url`);
  return {
    cameras,
    listen: isOpen ? `:${port}` : `127.0.0.1:${port}`,
    url: url === undefined ? '' : (given ?? (await dialogue?.ask(url.question, url.fallback, isUrl)) ?? url.fallback),
  };
}

function camerasOf(kind: Kind, devices: readonly string[], { cameras }: Facts): readonly Camera[] {
  if (kind.cameras === undefined) return [];
  const fitting = cameras.filter(({ is }) => kind.cameras === 'any' || kind.cameras === is);
  if (devices.length === 0) return fitting;
  // A device that is not connected yet is used by its path.
  return devices.map((device, at): Camera => {
    const known = fitting.find((camera) => camera.is === 'usb' && camera.device === device);
    if (known) return known;
    if (/['\n]/.test(device)) throw new UsageError('camd init: --camera must be the path of a device');
    const id = devices.length === 1 ? 'camera' : `camera-${at + 1}`;
    return { is: 'usb', id, name: device, device, size: undefined, format: undefined, sizes: [] };
  });
}

async function isForNetwork(args: Args, dialogue: Dialogue | undefined): Promise<boolean> {
  if (args.on('network')) return true;
  const answer = await dialogue?.ask('May the whole network see the pictures (y/n)', 'n', (text) =>
    /^(?:y|yes|n|no)$/i.test(text) ? undefined : 'Answer y or n.',
  );
  return /^y/i.test(answer ?? 'n');
}

interface Plan {
  readonly kind: Kind;
  readonly answers: Answers;
  readonly facts: Facts;
  readonly file: string;
}

/** The complete text of the profile. */
export function profileText({ kind, answers }: Pick<Plan, 'kind' | 'answers'>): string {
  return [
    `# yaml-language-server: $schema=${join(ownPackage().folder, 'schemas/profile.schema.json')}`,
    '#',
    `# ${kind.title.charAt(0).toUpperCase()}${kind.title.slice(1)}. Written by "camd init"; change it as you like.`,
    '# "camd validate" checks it, "camd doctor" checks this machine for it, "camd plugins NAME" explains each option.',
    ...kind.secrets.map(({ name, what }) => `#   ${name}   ${what}`),
    'camd: 1',
    '',
    ...kind.write(answers),
    '',
  ].join('\n');
}

async function write(io: Io, args: Args, plan: Plan): Promise<number> {
  const { file } = plan;
  const path = resolve(io.cwd, file);
  if (existsSync(path) && !args.on('force')) {
    io.err(
      `${file} exists already and was not changed; name another file with --output, or replace it with --force.\n`,
    );
    return EXIT.usage;
  }
  const text = profileText(plan);
  const { problems, sources } = await read(io, { file, texts: new Map([[path, text]]) });
  const errors = problems.filter(({ severity, code }) => severity === 'error' && !LATER.has(code));
  if (errors.length > 0) {
    io.err(
      `${renderProblems(errors, sources, { format: 'text', cwd: io.cwd, color: io.tty.err })}\nNothing was written.\n`,
    );
    return EXIT.profile;
  }
  try {
    saveWhole(path, text, args.on('force'));
  } catch (cause) {
    const exists = errorCode(cause) === 'EEXIST';
    io.err(
      exists ? `${file} exists already; nothing was written.\n` : `${file} cannot be written: ${reason(cause)}.\n`,
    );
    return exists ? EXIT.usage : EXIT.crashed;
  }
  io.out(summary(plan, args.text('port')));
  return EXIT.ok;
}

function summary({ kind, answers, facts, file }: Plan, port: string | undefined): string {
  const { cameras, listen } = answers;
  const needs = [
    ...(cameras.some(({ is }) => is === 'usb') ? ['v4l2-ctl'] : []),
    ...(cameras.some(({ is }) => is === 'pi') ? ['rpicam-vid'] : []),
  ].filter((name) => facts.programs[name] === false);
  const ids =
    cameras.length === 0 ? 'no camera was found, so it has a placeholder' : cameras.map(({ id }) => id).join(', ');
  const wanted = Number(port ?? kind.port);
  const isWanted = listen.endsWith(`:${wanted}`);
  const where = `http://${listen.startsWith(':') ? `localhost${listen}` : listen}/`;
  return [
    `${file} written: ${kind.title}${kind.cameras === undefined ? '' : `; ${ids}`}.`,
    ...(kind.port === undefined ? [] : [`It serves ${where}${isWanted ? '' : `, because port ${wanted} is taken`}.`]),
    ...needs.map((name) => `It needs ${name}: ${installProgram(name)}`),
    ...kind.secrets.map(({ name, what }) => `Set ${name}: ${what}.`),
    `Check this machine for it: camd doctor ${quoted(file)}`,
    `Run it: ${kind.secrets.map(({ name }) => `${name}=… `).join('')}camd --config ${quoted(file)}`,
    '',
  ].join('\n');
}
