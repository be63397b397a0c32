// Single-flight for captures: simultaneous requests for one camera share one capture.

import { createKeyedSingleFlight } from '../../base/single-flight.ts';
import type { CaptureScope, Frame } from '../../contract/plugin.ts';
import { openScope } from '../../contract/scope.ts';

export type CaptureFunction<Path> = (
  camera: string,
  scope: CaptureScope,
  signal: AbortSignal,
  path: Path,
) => Promise<Frame>;

/**
 * Wraps `take` so that concurrent calls for a camera share one capture; it is aborted when the last caller has cancelled. Services stay
 * suspended until the capture has ended, even if the caller that suspended them has cancelled.
 */
export function shareCaptures<Path>(
  take: CaptureFunction<Path>,
): (camera: string, scope: CaptureScope | undefined, signal: AbortSignal, path: Path) => Promise<Frame> {
  const capture = createKeyedSingleFlight(
    async (camera: string, signal: AbortSignal, scope: CaptureScope | undefined, path: Path) => {
      if (scope) {
        const release = scope.hold();
        return take(camera, scope, signal, path).finally(release);
      }
      const own = openScope(signal);
      // Returns the picture without waiting for the services to resume.
      return take(camera, own.scope, signal, path).finally(() => void own.end());
    },
  );
  return (camera, scope, signal, path) => capture(camera, signal, scope, path);
}
