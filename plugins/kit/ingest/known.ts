// Asks a registry about cameras: which there are, and whether one may send or be watched.

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

/** Whether there is such a camera to watch: by the registry, or without one, whether it is among those that send. */
export async function exists(
  registry: Ref<Registry> | undefined,
  stills: Ref<Stills>,
  camera: string,
): Promise<boolean> {
  return registry ? isKnown(registry, camera) : (stills.current()?.cameras().includes(camera) ?? false);
}
