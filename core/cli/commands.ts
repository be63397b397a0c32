// The commands, each loaded on first use so that `camd --config P` starts without the others.

import type { CommandList, Io } from './command.ts';

/** `run`, and the commands passed in by core/main.ts, in the order of the help. */
export const commandsOf = (io: Pick<Io, 'commands'>): CommandList => ({
  run: () => import('./run.ts'),
  ...io.commands,
});
