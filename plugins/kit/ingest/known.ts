// Asks a registry whether a camera may send.

import type { Ref, Registry } from '../../../core/contract/plugin.ts';
import { environment } from '../../../core/contract/problems.ts';

/** True without a registry. Rejects when the registry is down and never had an answer for this camera. */
export async function isKnown(registry: Ref<Registry> | undefined, camera: string): Promise<boolean> {
  if (!registry) return true;
  const port = registry.current();
  if (!port) throw environment('registry-down', `The registry ${registry.id} is down.`);
  return (await port.lookup(camera)) !== undefined;
}
