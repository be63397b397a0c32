// `camd reload`: makes a running camd reload its profile, waits, and prints the result.

import { resolve } from 'node:path';
import { renderProblems } from '../profile/show/render.ts';
import { ask, RELOAD_MS } from '../service/control/client.ts';
import type { ReloadAnswer } from '../service/control/messages.ts';
import { type Command, EXIT } from './command.ts';
import { RUNNING, socketFor, unreachable } from './running.ts';

const command: Command = {
  name: 'reload',
  summary: 'Reload the profile of a running camd and print the changes',
  usage: ['[--socket PATH | --config PROFILE]'],
  details:
    'Exit codes: 0 reloaded; 78 the profile is invalid; 1 a new node could not start. After 78 or 1 the old profile runs on.',
  options: RUNNING,
  words: { least: 0, most: 0 },
  async run(io, args) {
    const socket = await socketFor(io, args);
    let answer: ReloadAnswer;
    try {
      answer = await ask<ReloadAnswer>(socket, 'POST', '/reload', RELOAD_MS);
    } catch (cause) {
      io.err(unreachable(socket, cause));
      return EXIT.crashed;
    }
    if ('problems' in answer && answer.problems.length > 0) {
      const options = { format: 'text', cwd: resolve(io.cwd), color: io.tty.err } as const;
      io.err(`${renderProblems(answer.problems, new Map(answer.sources), options)}\n`);
    }
    if (answer.ok) {
      io.out(changes(answer.change));
      return EXIT.ok;
    }
    if ('why' in answer) {
      io.err(`not reloaded, the old profile runs on: ${answer.why}\n`);
      return EXIT.crashed;
    }
    io.err('not reloaded, the old profile runs on\n');
    return EXIT.profile;
  },
};
export default command;

type Change = Extract<ReloadAnswer, { ok: true }>['change'];

/** Kept nodes are only counted, because nothing happened to them. */
function changes({ added, replaced, relinked, removed, kept }: Change): string {
  const lines = [
    ['started', added],
    ['replaced', replaced],
    ['re-linked', relinked],
    ['stopped', removed],
  ] as const;
  const told = lines.filter(([, ids]) => ids.length > 0).map(([word, ids]) => `${word.padEnd(10)}${ids.join(', ')}\n`);
  return `${told.join('')}${'kept'.padEnd(10)}${kept.length} ${kept.length === 1 ? 'node' : 'nodes'}\n`;
}
