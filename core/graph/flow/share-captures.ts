// Single-flight for captures: simultaneous requests for one camera share one capture.

import { createKeyedSingleFlight } from '../../base/single-flight.ts';
import type { CaptureScope, Frame } from '../../contract/plugin.ts';

export type CaptureFunction<Path> = (
  camera: string,
  scope: CaptureScope | undefined,
  signal: AbortSignal,
  path: Path,
) => Promise<Frame>;

/** Wraps `take` so that concurrent calls for a camera share one; it is aborted when the last caller has gone. */
export function shareCaptures<Path>(take: CaptureFunction<Path>): CaptureFunction<Path> {
  const share = createKeyedSingleFlight(
    (camera: string, signal: AbortSignal, scope: CaptureScope | undefined, path: Path) =>
      take(camera, scope, signal, path),
  );
  return (camera, scope, signal, path) => share(camera, signal, scope, path);
}
