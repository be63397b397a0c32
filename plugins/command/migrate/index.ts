// `camd migrate FILE…`: converts the configuration of another camera program to a profile.

import { open, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { errorCode } from '../../../core/base/reason.ts';
import { type Command, EXIT, type Io, UsageError } from '../../../core/cli/command.ts';
import { renderProblems } from '../../../core/profile/show/render.ts';
import { reason } from '../../../core/profile/source/include.ts';
import type { Source } from './format.ts';
import { formats } from './formats/index.ts';
import { migrate, problemsOf } from './migrate.ts';

/** Bytes of one file. */
export const MAX_FILE = 1024 * 1024;
export const MAX_FILES = 64;

const command: Command = {
  name: 'migrate',
  summary: 'Write a profile from the configuration of another camera program',
  usage: ['migrate [--from FORMAT] [--output PROFILE] FILE...'],
  details: `A FILE of "-" is read from standard input. Formats, recognised by content:\n${formats
    .map(({ name, files }) => `  ${name.padEnd(18)}${files}`)
    .join(
      '\n',
    )}\nThe profile contains no passwords and tokens: it names variables, and describes the value of each. Settings without a counterpart\nare listed in the profile and on standard error. The profile is checked before it is written.`,
  options: {
    from: {
      type: 'string',
      value: 'FORMAT',
      choices: formats.map(({ name }) => name),
      description: 'the format, if the content is ambiguous',
    },
    output: {
      type: 'string',
      short: 'o',
      value: 'PROFILE',
      description: 'write the profile to PROFILE instead of printing it',
    },
  },
  words: { least: 1, most: MAX_FILES },

  async run(io, args) {
    const sources = await Promise.all(args.positionals.map((name) => readSource(io, name)));
    const result = migrate(sources, args.text('from'));
    if (!result.ok) {
      io.err(`${result.message}\n`);
      return EXIT.crashed;
    }
    const { draft, profile } = result;
    const problems = await problemsOf(profile, draft, io.builtins);
    if (problems.some(({ severity }) => severity === 'error')) {
      const output = args.text('output') ?? 'profile.yaml';
      const placed = problems.map((problem) => ({ ...problem, place: { ...problem.place, file: output } }));
      io.err(
        `${renderProblems(placed, new Map([[output, profile]]), { format: 'text', cwd: io.cwd, color: io.tty.err })}\n`,
      );
      io.err('The profile would not be valid, so it was not written. Correct the original configuration.\n');
      return EXIT.profile;
    }
    const output = args.text('output');
    if (output === undefined) io.out(profile);
    else await writeNew(io, output, profile);
    for (const note of draft.notes) io.err(`not carried over: ${printable(note)}\n`);
    for (const { variable, what } of draft.secrets) io.err(`set ${variable}: ${printable(what)}\n`);
    if (output !== undefined) io.err(`${output} is valid; run it with: camd --config ${output}\n`);
    return EXIT.ok;
  },
};

export default command;

async function readSource(io: Io, name: string): Promise<Source> {
  if (name === '-') {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of io.input()) {
      size += part.length;
      if (size > MAX_FILE) throw new UsageError(`standard input is larger than ${MAX_FILE} bytes`);
      parts.push(part);
    }
    return { name: 'standard input', text: Buffer.concat(parts).toString('utf8') };
  }
  try {
    const file = await open(resolve(io.cwd, name), 'r');
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new Error('it is not a regular file');
      if (stat.size > MAX_FILE) throw new Error(`it is larger than ${MAX_FILE} bytes`);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE), 0, MAX_FILE, 0);
      return { name: basename(name), text: buffer.subarray(0, bytesRead).toString('utf8') };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw new UsageError(`camd migrate: cannot read ${name}: ${reason(thrown)}`);
  }
}

async function writeNew(io: Io, output: string, profile: string): Promise<void> {
  try {
    await writeFile(resolve(io.cwd, output), profile, { flag: 'wx', mode: 0o644 });
  } catch (thrown) {
    throw new UsageError(
      `camd migrate: cannot write ${output}: ${errorCode(thrown) === 'EEXIST' ? 'it exists' : reason(thrown)}`,
    );
  }
}

/** A file must not control the terminal of the user who migrates it. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '·');
