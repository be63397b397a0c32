// Single-flight for captures: simultaneous requests for one camera share one capture.

import type { CaptureScope, Frame } from '../../contract/plugin.ts';

export type CaptureFunction<Path> = (
  camera: string,
  scope: CaptureScope | undefined,
  signal: AbortSignal,
  path: Path,
) => Promise<Frame>;

interface Shared {
  readonly frame: Promise<Frame>;
  readonly control: AbortController;
  callers: number;
}

/** Wraps `take` so that concurrent calls for a camera share one; it is aborted when the last caller has gone. */
export function shareCaptures<Path>(take: CaptureFunction<Path>): CaptureFunction<Path> {
  const running = new Map<string, Shared>();

  const begin = (camera: string, scope: CaptureScope | undefined, path: Path): Shared => {
    const control = new AbortController();
    const frame = take(camera, scope, control.signal, path).finally(() => {
      if (running.get(camera) === shared) running.delete(camera);
    });
    frame.catch(() => {});
    const shared: Shared = { frame, control, callers: 0 };
    running.set(camera, shared);
    return shared;
  };

  return (camera, scope, signal, path) => {
    if (signal.aborted) return Promise.reject(signal.reason);
    const shared = running.get(camera) ?? begin(camera, scope, path);
    shared.callers++;
    return new Promise<Frame>((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener('abort', gone);
        shared.callers--;
      };
      const gone = (): void => {
        leave();
        if (shared.callers === 0) {
          if (running.get(camera) === shared) running.delete(camera);
          shared.control.abort(signal.reason);
        }
        reject(signal.reason);
      };
      signal.addEventListener('abort', gone, { once: true });
      shared.frame.then(
        (frame) => {
          leave();
          resolve(frame);
        },
        (cause) => {
          leave();
          reject(cause);
        },
      );
    });
  };
}
