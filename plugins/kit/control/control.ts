// Who may tell a camera to move or to take a picture, and how it is told.

import type { Command, Finding, Input, Ref, Registry } from '../../../core/contract/plugin.ts';
import { isFault } from '../../../core/contract/problems.ts';
import { registryOf } from '../ingest/known.ts';

/** `nobody` is the safe one, `anyone` is only ever on when the profile says so. */
export type ControlPolicy = 'nobody' | 'token' | 'server' | 'anyone';

/** Milliseconds that a command may take to be answered. */
export const COMMAND_MS = 10_000;

export interface Asker {
  /** The token that came with the request, if any. */
  readonly token: string;
  /** The HTTP server has checked credentials of its own. */
  readonly authenticated: boolean;
}

/** What contradicts in the options of a node that lets viewers control cameras. */
export function checkControl(options: {
  readonly control: ControlPolicy;
  readonly viewers?: 'server' | 'token' | 'anyone';
  readonly only?: unknown;
}): Finding[] {
  const { control, viewers = 'server', only } = options;
  const asking = control === 'token' ? 'control' : viewers === 'token' ? 'viewers' : undefined;
  if (asking !== undefined && only === undefined) {
    const message = `${asking}: with "token" the node checks tokens; add "only" with the id of the registry that has them.`;
    return [{ option: asking, code: 'missing-option', message }];
  }
  if (control !== 'server' || viewers === 'server') return [];
  const message = `control: "server" stands for viewers whom the server has checked, and "viewers: ${viewers}" lets others in; use "token", "nobody" or "anyone".`;
  return [{ option: 'control', code: 'wrong-value', message }];
}

/** Rejects when the registry cannot tell at the moment. */
export async function mayControl(
  policy: ControlPolicy,
  camera: string,
  { token, authenticated }: Asker,
  registry: Ref<Registry> | undefined,
): Promise<boolean> {
  if (policy === 'anyone') return true;
  if (policy === 'server') return authenticated;
  if (policy !== 'token' || token === '' || !registry) return false;
  return (await registryOf(registry).verify(camera, token)) === 'ok';
}

/** False when the camera is not connected or does not take the command. */
export async function tell(input: Input, camera: string, command: Command): Promise<boolean> {
  try {
    return (await input.ask('command', camera, command, AbortSignal.timeout(COMMAND_MS))) !== false;
  } catch (cause) {
    if (isFault(cause) || (cause instanceof Error && cause.name === 'TimeoutError')) return false;
    throw cause;
  }
}
