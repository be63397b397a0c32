// Finds the running camd for a command: by --socket, by its profile, or the only one running.

import { dirname, resolve } from 'node:path';
import { findSockets, socketOf } from '../service/control/place.ts';
import { type Args, type FlagSpec, type Io, UsageError } from './command.ts';
import { CONFIG, read } from './reading.ts';

export const RUNNING: Readonly<Record<string, FlagSpec>> = {
  socket: { type: 'string', value: 'PATH', description: 'the control socket; found automatically if not given' },
  config: { ...CONFIG, description: 'the profile, if several camd are running' },
};

/** The path of the socket. A profile that is invalid by now may still be running, so its default path is used then. */
export async function socketFor(io: Io, args: Args): Promise<string> {
  const named = args.text('socket');
  if (named !== undefined) return resolve(io.cwd, named);
  const file = args.text('config');
  if (file !== undefined) {
    const { profile } = await read(io, file);
    const path = socketOf(profile ?? { file, folder: dirname(resolve(io.cwd, file)), control: undefined }, io.env);
    if (path === undefined) throw new UsageError(`${file} has no control socket`);
    return path;
  }
  const found = findSockets(io.env);
  const [only] = found;
  if (only === undefined) throw new UsageError('No running camd found; give its control socket with --socket PATH');
  if (found.length > 1)
    throw new UsageError(`Several camd are running; choose one with --socket:\n  ${found.join('\n  ')}`);
  return only;
}

/** The message for a daemon that does not answer. */
export function unreachable(socket: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const why: Record<string, string> = {
    ENOENT: 'there is no such socket; is camd running?',
    ECONNREFUSED: 'nobody answers; the camd that made it has died',
    EACCES: 'only the user who runs camd may ask it; try sudo',
  };
  const text = cause instanceof Error ? cause.message : String(cause);
  return `${socket}: ${why[String(code)] ?? text}\n`;
}
