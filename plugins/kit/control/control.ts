// Checks if a viewer may control a camera, and sends the command.

import type { Command, Finding, Input, Ref, Registry } from '../../../core/contract/plugin.ts';
import { isFault } from '../../../core/contract/problems.ts';
import { registryOf } from '../ingest/known.ts';

/** `nobody` is the safe value; `anyone` applies only if the profile sets it. */
export type ControlPolicy = 'nobody' | 'token' | 'server' | 'anyone';

/** Milliseconds until a command must be answered. */
export const COMMAND_MS = 10_000;

export interface Requester {
  /** The token that came with the request, if any. */
  readonly token: string;
  /** True if the HTTP server has checked credentials of its own. */
  readonly authenticated: boolean;
}

/** Contradictions in the options of a node through which viewers control cameras. */
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
  const message = `control: "server" allows viewers that the server has checked, but "viewers: ${viewers}" also lets others in; use "token", "nobody" or "anyone".`;
  return [{ option: 'control', code: 'wrong-value', message }];
}

/** Rejects if the registry cannot answer at the moment. */
export async function mayControl(
  policy: ControlPolicy,
  camera: string,
  { token, authenticated }: Requester,
  registry: Ref<Registry> | undefined,
): Promise<boolean> {
  if (policy === 'anyone') return true;
  if (policy === 'server') return authenticated;
  if (policy !== 'token' || token === '' || !registry) return false;
  return (await registryOf(registry).verify(camera, token)) === 'ok';
}

/** False if the camera is not connected or does not support the command. */
export async function sendCommand(input: Input, camera: string, command: Command): Promise<boolean> {
  try {
    return (await input.ask('command', camera, command, AbortSignal.timeout(COMMAND_MS))) !== false;
  } catch (cause) {
    if (isFault(cause) || (cause instanceof Error && cause.name === 'TimeoutError')) return false;
    throw cause;
  }
}
