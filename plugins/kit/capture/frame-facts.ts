// Derives facts about a source's frames from its options, for the checks of downstream nodes. Pure.

import type { CheckView, FrameFacts } from '../../../core/contract/plugin.ts';

/** A source with one camera: its option `camera`, or the id of the node. `interval` in milliseconds. */
export const oneCamera = (
  { camera }: { readonly camera?: string | undefined },
  { id }: CheckView,
  interval?: number,
): FrameFacts => ({ cameras: [camera ?? id], interval });

/** Cameras by topic or path: unknown if one of them contains "{camera}". */
export const byPlace = (
  places: readonly string[],
  options: { readonly camera?: string | undefined },
  view: CheckView,
): FrameFacts =>
  places.some((place) => place.includes('{camera}'))
    ? { cameras: undefined, interval: undefined }
    : oneCamera(options, view);
