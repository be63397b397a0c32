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

/** The path of the socket. */
export async function socketFor(io: Io, args: Args): Promise<string> {
  const named = args.text('socket');
  if (named !== undefined) return resolve(io.cwd, named);
  const file = args.text('config');
  if (file !== undefined) return socketOfProfile(io, file);
  const found = await whoAnswers(findSockets(io.env));
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

/** A profile that is invalid by now may still be running, so its default places are looked at then. */
async function socketOfProfile(io: Io, file: string): Promise<string> {
  const path = resolve(io.cwd, file);
  const { profile } = await read(io, { file });
  const places = socketsOf(profile ?? { file, folder: dirname(path), control: undefined }, io.env);
  if (places.length === 0) throw new UsageError(`${file} has no control socket ("control: false")`);
  const [here] = await whoAnswers(places);
  if (here) return here.socket;
  // It may run in another environment, such as that of cron or a service.
  const elsewhere = (await whoAnswers(findSockets(io.env))).find((one) => one.profile === path);
  if (elsewhere) return elsewhere.socket;
  throw new NotRunning(`No camd is running ${file}: nobody answers at ${places[0]}.`);
}

interface Answer {
  readonly socket: string;
  /** undefined when it does not say. */
  readonly profile: string | undefined;
}

async function whoAnswers(sockets: readonly string[]): Promise<Answer[]> {
  const answers = await Promise.all(sockets.map(askWhom));
  return answers.filter((one) => one !== undefined);
}

/** The sockets of processes that have died are left out; one that belongs to another user is not. */
async function askWhom(socket: string): Promise<Answer | undefined> {
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
    ECONNREFUSED: 'nobody answers: the camd that made it has died',
    EACCES: 'only the user who runs camd may ask it; try sudo',
  };
  const text = cause instanceof Error ? cause.message : String(cause);
  io.err(`${socket}: ${why[String(codeOf(cause))] ?? text}\n`);
  return isGone(cause) ? EXIT.notRunning : EXIT.crashed;
}
