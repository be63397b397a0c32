// One camera uploader for each camera of an upload node, and one health report for all of them.

import type { CameraUploader, CameraUploaderState } from './camera-uploader.ts';

/** Milliseconds between two checks for cameras that are only announced. */
export const DISCOVER_MS = 5000;

/** Survives a reload, which must not shorten a pause that a server has requested. */
export type UploaderStates = Map<string, () => CameraUploaderState>;

export interface CameraUploaders {
  /** Starts the camera's uploader unless it runs. */
  add(camera: string): void;
  /** Called by the camera's uploader to report its trouble. */
  report(camera: string, trouble: string | undefined): void;
  /** Stops the camera's uploader. */
  remove(camera: string): void;
}

export interface CameraUploadersOptions {
  create(camera: string, state: CameraUploaderState | undefined): CameraUploader;
  /** Runs it until the signal aborts, or the node ends. */
  run(uploader: CameraUploader, end: AbortSignal): void;
  degraded(why: string): void;
  healthy(): void;
  /** The states of the predecessor's uploaders. */
  readonly states: UploaderStates;
}

export function createCameraUploaders(options: CameraUploadersOptions): CameraUploaders {
  const uploaders = new Map<string, CameraUploader>();
  const troubles = new Map<string, string>();
  const ends = new Map<string, AbortController>();
  const report = (camera: string, trouble: string | undefined): void => {
    if (trouble === undefined) troubles.delete(camera);
    else troubles.set(camera, trouble);
    const [first] = troubles.values();
    if (first === undefined) {
      options.healthy();
      return;
    }
    const others = troubles.size - 1;
    const more = others === 1 ? 'Another camera waits, too.' : `${others} other cameras wait, too.`;
    options.degraded(others === 0 ? first : `${first} ${more}`);
  };
  return {
    add(camera) {
      if (uploaders.has(camera)) return;
      const uploader = options.create(camera, options.states.get(camera)?.());
      options.states.set(camera, uploader.state);
      const end = new AbortController();
      uploaders.set(camera, uploader);
      ends.set(camera, end);
      options.run(uploader, end.signal);
    },
    report,
    remove(camera) {
      ends.get(camera)?.abort(new DOMException(`${camera} is gone`, 'AbortError'));
      ends.delete(camera);
      uploaders.delete(camera);
      options.states.delete(camera);
      if (troubles.has(camera)) report(camera, undefined);
    },
  };
}
