// Checks with a registry whether a camera may send pictures or be watched.

import type { Ref, Registry, Stills } from '../../../core/contract/plugin.ts';
import { environment } from '../../../core/contract/problems.ts';

/** The registry itself. Throws while it is down. */
export function registryOf(registry: Ref<Registry>): Registry {
  const port = registry.current();
  if (!port) throw environment('registry-down', `The registry ${registry.id} is down.`);
  return port;
}

/** True without a registry. Rejects when the registry is down or never had an answer for this camera. */
export async function isKnown(registry: Ref<Registry> | undefined, camera: string): Promise<boolean> {
  return registry === undefined || (await registryOf(registry).lookup(camera)) !== undefined;
}

/** True if viewers may watch this camera: the registry has it, or without a registry, the camera sends pictures. */
export async function exists(
  registry: Ref<Registry> | undefined,
  stills: Ref<Stills>,
  camera: string,
): Promise<boolean> {
  return registry ? isKnown(registry, camera) : (stills.current()?.cameras().includes(camera) ?? false);
}
