// Which camera a request means: the one in its path, the one in the profile, or the only one there is. Pure.

export interface CameraQuestion {
  /** What stands for {camera} in the path. */
  readonly asked: string | undefined;
  /** The option `camera` of the profile. */
  readonly fixed: string | undefined;
  /** Every camera that may be seen here. Called only where it matters: the list may be long. */
  known(): readonly string[];
  /** A quick answer for cameras that have a frame. */
  has(camera: string): boolean;
}

export type CameraAnswer =
  | { readonly camera: string }
  /** 404: there is no such camera. 503: there is none yet. */
  | { readonly status: 404 | 503; readonly message: string };

export function chooseCamera({ asked, fixed, known, has }: CameraQuestion): CameraAnswer {
  const wanted = asked ?? fixed;
  if (wanted !== undefined) {
    if (has(wanted) || known().includes(wanted)) return { camera: wanted };
    // A camera that the profile names exists, even if its source has not told of it yet.
    if (asked === undefined || asked === fixed) return { camera: wanted };
    return { status: 404, message: 'there is no camera of this name' };
  }
  const cameras = known();
  const [only] = cameras;
  if (only === undefined) return { status: 503, message: 'no camera has been seen yet' };
  if (cameras.length === 1) return { camera: only };
  return { status: 404, message: 'this address shows a single camera, but there are several' };
}
