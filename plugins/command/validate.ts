// `camd validate P…`: reports every problem of the profiles as text, JSON or GitHub annotations.

import { resolve } from 'node:path';
import { type Args, type Command, EXIT, type Io, UsageError } from '../../core/cli/command.ts';
import { CONFIG, read, SET } from '../../core/cli/reading.ts';
import type { Problem, ProblemCode } from '../../core/contract/problems.ts';
import { renderProblems } from '../../core/profile/show/render.ts';
import { sourceOf } from '../kit/command/profile-source.ts';

/** Sources of secrets that a build or review machine does not have. */
const ABSENT: ReadonlySet<string> = new Set<ProblemCode>(['unset-variable', 'unreadable-secret']);
/** Milliseconds in which plugins may inspect devices. */
const INSPECT_MS = 60_000;
const FORMATS = ['text', 'json', 'github'] as const;

const validate: Command = {
  name: 'validate',
  summary: 'Validate profiles and print every problem with file, line and column',
  usage: [
    'validate [--format text|json|github] [--without-secrets] [--offline | --live] [--set PATH=VALUE]... PROFILE...',
  ],
  details:
    'A PROFILE of "-" is read from standard input. It starts no node and opens no connection. Files, programs and devices that are missing\non this machine are warnings; with --live they are errors, and --offline skips the check. It also checks that secrets can be read;\n--without-secrets validates on a machine that has no access to them.\nExit code 78: at least one profile is invalid. Warnings alone exit with 0.',
  options: {
    format: {
      type: 'string',
      choices: FORMATS,
      default: 'text',
      description: 'text for people, json for programs, github for annotations in a workflow',
    },
    'without-secrets': {
      type: 'boolean',
      description: 'report missing variables and secret files as warnings',
    },
    offline: {
      type: 'boolean',
      description: 'do not check the devices of this machine',
    },
    live: {
      type: 'boolean',
      description: 'for the machine that will run it: missing files, programs and devices are errors',
    },
    set: SET,
    config: { ...CONFIG, description: 'a profile; the same as a PROFILE argument' },
  },
  words: { least: 0, most: Number.POSITIVE_INFINITY },

  async run(io, args) {
    if (args.on('live') && args.on('offline'))
      throw new UsageError('camd validate: --live and --offline exclude each other');
    const files = filesOf(args);
    const format = FORMATS.find((name) => name === args.text('format')) ?? 'text';
    const problems: Problem[] = [];
    const sources = new Map<string, string>();
    const valid: string[] = [];

    for (const file of files) {
      const source = await sourceOf(io, args, file);
      const reading = await read(io, source, args.on('offline') ? {} : { inspect: AbortSignal.timeout(INSPECT_MS) });
      const reported = args.on('without-secrets') ? reading.problems.map(excused) : reading.problems;
      const found = args.on('live') ? reported.map(required) : reported;
      problems.push(...found);
      for (const [path, text] of reading.sources) sources.set(path, text);
      const isWrong = found.some(({ severity }) => severity === 'error');
      if (reading.profile && !isWrong) valid.push(`${file}: valid, ${nodes(reading.profile.nodes.size)}`);
      else if (!isWrong) valid.push(`${file}: valid except for missing secrets`);
    }

    const text = renderProblems(problems, sources, { format, cwd: resolve(io.cwd), color: io.tty.out });
    if (text !== '') io.out(`${text}\n`);
    if (format !== 'json') for (const line of valid) io.out(`${line}\n`);
    if (format === 'text') summarise(io, problems);
    return valid.length === files.length ? EXIT.ok : EXIT.profile;
  },
};

export default validate;

const excused = (problem: Problem): Problem =>
  ABSENT.has(problem.code) ? { ...problem, severity: 'warning' } : problem;

/** With --live, files, programs and devices that are missing on this machine are errors. */
const required = (problem: Problem): Problem =>
  problem.code === 'not-here' ? { ...problem, severity: 'error' } : problem;

function filesOf(args: Args): readonly string[] {
  const config = args.text('config');
  const files = [...(config === undefined ? [] : [config]), ...args.positionals];
  if (files.filter((file) => file === '-').length > 1) throw new UsageError('camd validate: name "-" only once');
  if (files.length === 0) throw new UsageError('camd validate: name a profile');
  return files;
}

function summarise(io: Io, problems: readonly Problem[]): void {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  if (errors > 0) io.err(`${count(errors, 'error')}${warnings > 0 ? ` and ${count(warnings, 'warning')}` : ''}\n`);
}

const nodes = (number: number) => count(number, 'node');
const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
