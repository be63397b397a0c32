// Finds the running camd for a command: by --socket, by its profile, or the only one running.

import { dirname, resolve } from 'node:path';
import { type Args, EXIT, type FlagSpec, type Io, NotRunning, UsageError } from '../../../core/cli/command.ts';
import { CONFIG, read } from '../../../core/cli/reading.ts';
import { ask } from '../../../core/service/control/client.ts';
import type { Hello } from '../../../core/service/control/messages.ts';
import { findSockets, socketsOf } from '../../../core/service/control/place.ts';

export const RUNNING: Readonly<Record<string, FlagSpec>> = {
  socket: { type: 'string', value: 'PATH', description: 'the control socket; found automatically if not given' },
  config: { ...CONFIG, description: 'the profile, if several camd are running' },
};

/** The path of the control socket. */
export async function socketFor(io: Io, args: Args): Promise<string> {
  const named = args.text('socket');
  if (named !== undefined) return resolve(io.cwd, named);
  const file = args.text('config');
  if (file !== undefined) return socketOfProfile(io, file);
  const found = await answersOf(findSockets(io.env));
  const [only] = found;
  if (only === undefined)
    throw new NotRunning(
      'No camd is running here. Start one: camd --config PROFILE. If one runs, name its control socket with --socket PATH.',
    );
  if (found.length > 1) {
    const list = found.map(({ socket, profile }) => `  ${socket}${profile === undefined ? '' : `  runs ${profile}`}`);
    throw new UsageError(`Several camd are running; choose one with --socket:\n${list.join('\n')}`);
  }
  return only.socket;
}

/** A profile may be running although its file is invalid by now; the search then uses its default sockets. */
async function socketOfProfile(io: Io, file: string): Promise<string> {
  const path = resolve(io.cwd, file);
  const { profile } = await read(io, { file });
  const places = socketsOf(profile ?? { file, folder: dirname(path), control: undefined }, io.env);
  if (places.length === 0) throw new UsageError(`${file} has no control socket ("control: false")`);
  const [here] = await answersOf(places);
  if (here) return here.socket;
  // It may run in another environment, such as that of cron or a service.
  const elsewhere = (await answersOf(findSockets(io.env))).find((answer) => answer.profile === path);
  if (elsewhere) return elsewhere.socket;
  throw new NotRunning(`No camd is running ${file}: no answer at ${places[0]}.`);
}

interface Answer {
  readonly socket: string;
  /** undefined if the answer does not contain it. */
  readonly profile: string | undefined;
}

async function answersOf(sockets: readonly string[]): Promise<Answer[]> {
  const answers = await Promise.all(sockets.map(askOne));
  return answers.filter((answer) => answer !== undefined);
}

/** Sockets of dead processes are left out; sockets of other users are not. */
async function askOne(socket: string): Promise<Answer | undefined> {
  try {
    const { profile } = await ask<Hello>(socket, 'GET', '/');
    return { socket, profile };
  } catch (cause) {
    return isGone(cause) ? undefined : { socket, profile: undefined };
  }
}

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined);
const isGone = (cause: unknown): boolean => codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ECONNREFUSED';

/** Prints why the daemon does not answer; returns the exit code. */
export function unreachable(io: Io, socket: string, cause: unknown): number {
  const why: Record<string, string> = {
    ENOENT: 'there is no such socket: no camd is running with it',
    ECONNREFUSED: 'no answer: the camd that created it is no longer running',
    EACCES: 'only the user who runs camd may use it; try sudo',
  };
  const text = cause instanceof Error ? cause.message : String(cause);
  io.err(`${socket}: ${why[String(codeOf(cause))] ?? text}\n`);
  return isGone(cause) ? EXIT.notRunning : EXIT.crashed;
}
