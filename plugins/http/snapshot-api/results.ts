// Answers for captured pictures, in the forms of the API and of the page. Pure.

import { type Fact, type Fault, type Frame, isFault } from '../../../core/contract/plugin.ts';

export interface Taken {
  readonly camera: string;
  readonly result: Frame | Fault | undefined;
}

/** The file of a picture, or the reason why there is none. */
type Outcome = { readonly file: string; readonly frame: Frame } | { readonly error: string };

/** Metadata of a frame that answers include. */
const REPEATED = ['skew_ms', 'remark', 'reading', 'reading_age_ms', 'reading_stale', 'reading_missing'];

function outcomeOf({ camera, result }: Taken, failed: string): Outcome {
  if (result === undefined) return { error: `${failed}: The camera ${camera} gave no picture.` };
  if (isFault(result)) return { error: `${failed}: ${result.message}` };
  const { file, exif_error: untagged } = result.meta;
  if (typeof file !== 'string') return { error: `${failed}: The picture of ${camera} was not stored.` };
  if (untagged !== undefined) {
    return { error: `Image captured (${file}), but failed to embed IMU metadata.` };
  }
  return { file, frame: result };
}

export interface Answer {
  readonly status: number;
  readonly body: Fact;
}

/** `base`: the path of the API without a slash at its end. */
export function apiSingle(taken: Taken, base: string): Answer {
  const outcome = outcomeOf(taken, 'Capture failed');
  if ('error' in outcome) return { status: 500, body: { success: false, error: outcome.error } };
  return {
    status: 200,
    body: {
      success: true,
      filename: outcome.file,
      message: `Snapshot taken: ${outcome.file}`,
      image_url_path: `${base}/snapshots/${path(outcome.file)}`,
      ...facts(outcome.frame),
    },
  };
}

export function apiSeveral(taken: readonly Taken[], base: string, failed: string): Answer {
  const results = taken.map((one): Fact => {
    const outcome = outcomeOf(one, failed);
    if ('error' in outcome) return { camera_name: one.camera, status: 'failure', error: outcome.error };
    return {
      camera_name: one.camera,
      status: 'success',
      filename: outcome.file,
      image_url_path: `${base}/snapshots/${path(outcome.file)}`,
      ...facts(outcome.frame),
    };
  });
  return { status: 200, body: { results } };
}

/** The page's result for one camera; these answers always have status 200. */
export function pageResult(one: Taken, base: string, failed: string): Fact {
  const outcome = outcomeOf(one, failed);
  if ('error' in outcome) return { success: false, error: outcome.error, camera_name: one.camera };
  return {
    success: true,
    image_url: `${base}/snapshots/${path(outcome.file)}`,
    download_url: `${base}/download/${path(outcome.file)}`,
    filename: outcome.file,
    camera_name: one.camera,
    capture_time_ms: Math.round(outcome.frame.time),
    ...facts(outcome.frame),
  };
}

const facts = ({ meta }: Frame): Record<string, Fact> =>
  Object.fromEntries(REPEATED.flatMap((name) => (meta[name] === undefined ? [] : [[name, meta[name] ?? null]])));

const path = (file: string): string => file.split('/').map(encodeURIComponent).join('/');
