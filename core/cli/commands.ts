// The commands, each loaded on first use so that `camd --config P` starts without the others.

import type { CommandList, Io } from './command.ts';

/** `run`, and the ones that core/main.ts hands in, in the order of the help. */
export const commandsOf = (io: Pick<Io, 'commands'>): CommandList => ({
  run: () => import('./run.ts'),
  ...io.commands,
});
