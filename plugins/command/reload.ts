// `camd reload`: makes a running camd reload its profile and prints the result; --dry-run prints only the plan.

import { resolve } from 'node:path';
import { type Command, EXIT } from '../../core/cli/command.ts';
import { renderProblems } from '../../core/profile/show/render.ts';
import { ask } from '../../core/service/control/client.ts';
import type { ReloadAnswer } from '../../core/service/control/messages.ts';
import { RUNNING, socketFor, unreachable } from '../kit/command/running.ts';

/** Milliseconds; a reload waits for the start of every new node. */
const RELOAD_MS = 120_000;

const command: Command = {
  name: 'reload',
  summary: 'Reload the profile of a running camd and print the changes',
  usage: ['reload [--dry-run] [--socket PATH | --config PROFILE]'],
  details:
    'It prints each node that changes and, below it, the old and the new value of every changed option; secrets are masked.\n' +
    'Exit codes: 0 reloaded; 78 the profile is invalid; 1 a new node could not start. After 78 or 1 the old profile keeps running.\n' +
    'With --dry-run nothing changes; 0 means that the profile is valid.',
  options: {
    ...RUNNING,
    'dry-run': { type: 'boolean', description: 'print what a reload would change, and change nothing' },
  },
  words: { least: 0, most: 0 },
  async run(io, args) {
    const socket = await socketFor(io, args);
    const dry = args.on('dry-run');
    let answer: ReloadAnswer;
    try {
      answer = await ask<ReloadAnswer>(socket, dry ? 'GET' : 'POST', '/reload', RELOAD_MS);
    } catch (cause) {
      return unreachable(io, socket, cause);
    }
    if ('problems' in answer && answer.problems.length > 0) {
      const options = { format: 'text', cwd: resolve(io.cwd), color: io.tty.err } as const;
      io.err(`${renderProblems(answer.problems, new Map(answer.sources), options)}\n`);
    }
    if (answer.ok) {
      io.out(changes(answer, dry));
      return EXIT.ok;
    }
    const refused = dry ? 'a reload would be refused' : 'not reloaded, the old profile keeps running';
    if ('why' in answer) {
      io.err(`${refused}: ${answer.why}\n`);
      return EXIT.crashed;
    }
    io.err(`${refused}\n`);
    return EXIT.profile;
  },
};
export default command;

type Done = Extract<ReloadAnswer, { ok: true }>;

const INDENT = 12;

/** Kept nodes are only counted, because they are unchanged. */
function changes({ change: { added, replaced, relinked, removed, kept }, values }: Done, dry: boolean): string {
  const lines = [
    [dry ? 'starts' : 'started', added],
    [dry ? 'replaces' : 'replaced', replaced],
    [dry ? 're-links' : 're-linked', relinked],
    [dry ? 'stops' : 'stopped', removed],
  ] as const;
  const changed = lines.flatMap(([word, ids]) => {
    if (ids.length === 0) return [];
    const different = ids.filter((id) => values.some(({ node }) => node === id));
    // Each node whose options are listed has a line of its own.
    const rows = [ids.filter((id) => !different.includes(id)), ...different.map((id) => [id])];
    return rows.filter((row) => row.length > 0).map((row) => head(word, row.join(', ')) + valuesOf(values, row));
  });
  const own = values.some(({ node }) => node === undefined)
    ? [head(dry ? 'changes' : 'changed', 'the profile') + valuesOf(values, [undefined])]
    : [];
  const rest = head(dry ? 'keeps' : 'kept', `${kept.length} ${kept.length === 1 ? 'node' : 'nodes'}`);
  return [...changed, ...own, rest].join('') + (dry ? 'nothing was changed (--dry-run)\n' : '');
}

const head = (word: string, text: string): string => `${word.padEnd(10)}${text}\n`;

function valuesOf(values: Done['values'], nodes: readonly (string | undefined)[]): string {
  return values
    .filter(({ node }) => nodes.includes(node))
    .map(({ path, before = '(not set)', after = '(not set)' }) => {
      const note = before === after ? ' (another secret)' : '';
      return `${' '.repeat(INDENT)}${path}: ${before} -> ${after}${note}\n`;
    })
    .join('');
}
