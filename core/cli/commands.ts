// The commands that the daemon itself needs, each loaded on first use so that `camd --config P` starts without the others.

import type { CommandList, Io } from './command.ts';

const own: CommandList = {
  run: () => import('./run.ts'),
  status: () => import('./status.ts'),
  reload: () => import('./reload.ts'),
  validate: () => import('./validate.ts'),
  print: () => import('./print.ts'),
};

/** Those, and the ones that core/main.ts hands in. */
export const commandsOf = (io: Pick<Io, 'commands'>): CommandList => ({ ...own, ...io.commands });
