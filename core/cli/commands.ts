// The list of CLI commands, each loaded on first use so that `camd --config P` starts without the others.

import type { Command } from './command.ts';

export const commands: Readonly<Record<string, () => Promise<{ readonly default: Command }>>> = {
  run: () => import('./run.ts'),
  status: () => import('./status.ts'),
  reload: () => import('./reload.ts'),
  cameras: () => import('./cameras.ts'),
  tap: () => import('./tap.ts'),
  validate: () => import('./validate.ts'),
  print: () => import('./print.ts'),
  graph: () => import('./graph.ts'),
  plugins: () => import('./plugins.ts'),
  schema: () => import('./schema.ts'),
  new: () => import('./new.ts'),
  'new-plugin': () => import('./new-plugin.ts'),
  token: () => import('./token.ts'),
  fingerprint: () => import('./fingerprint.ts'),
};
