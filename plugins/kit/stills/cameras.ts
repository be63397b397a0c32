// Finds the camera of a request: the one in its path, the one in the profile, or the only one.

export interface CameraQuestion {
  /** The text for {camera} in the path. */
  readonly asked: string | undefined;
  /** The option `camera` of the profile. */
  readonly fixed: string | undefined;
  /** Every camera that may be seen here. Called only when needed: the list may be long. */
  known(): readonly string[];
  /** A quick check for cameras that have a frame. */
  has(camera: string): boolean;
}

export type CameraAnswer =
  | { readonly camera: string }
  /** 404: there is no such camera. 503: there is none yet. */
  | { readonly status: 404 | 503; readonly message: string };

export const cameraOf = (answer: CameraAnswer): string | undefined => ('camera' in answer ? answer.camera : undefined);

export function chooseCamera({ asked, fixed, known, has }: CameraQuestion): CameraAnswer {
  const wanted = asked ?? fixed;
  if (wanted !== undefined) {
    // A camera that the profile names exists, even if its source has not announced it yet.
    if (wanted === fixed || has(wanted) || known().includes(wanted)) return { camera: wanted };
    return { status: 404, message: 'there is no camera with this name' };
  }
  const cameras = known();
  const [first] = cameras;
  if (first === undefined) return { status: 503, message: 'no camera has sent a picture yet' };
  if (cameras.length === 1) return { camera: first };
  return { status: 404, message: 'this path is for a single camera, but there are several' };
}

/** Milliseconds for which the only camera is cached. */
const ONLY_FOR = 250;

/** `chooseCamera` for many requests of the same kind: the list of cameras is not built for each. `now`: monotonic milliseconds. */
export function createCameraChoice(
  question: Omit<CameraQuestion, 'asked'>,
  now: () => number,
): (asked: string | undefined) => CameraAnswer {
  let only: { readonly answer: CameraAnswer; readonly camera: string; readonly until: number } | undefined;
  return (asked) => {
    if (asked !== undefined) return chooseCamera({ ...question, asked });
    if (only && now() < only.until && question.has(only.camera)) return only.answer;
    const answer = chooseCamera({ ...question, asked });
    only = 'camera' in answer ? { answer, camera: answer.camera, until: now() + ONLY_FOR } : undefined;
    return answer;
  };
}
