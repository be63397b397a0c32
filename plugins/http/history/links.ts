// Finds the URLs of live cameras on the same server, for links in the page. Pure.

import { fromPage, pageOf } from '../../kit/page/links.ts';

/** Relative to the page's files; `camera` contains {camera} as the placeholder of the camera's id. */
export interface Links {
  /** All cameras, live. */
  readonly viewer?: string;
  /** One camera, live. */
  readonly camera?: string;
  /** The status and heartbeat of one screen. */
  readonly state?: string;
}

/** `path`: the path of the history. */
export function findLinks(paths: readonly string[], path: string): Links {
  const statePath = paths.find((path) => path.endsWith('/{camera}/state'));
  const state = statePath === undefined ? {} : { state: fromPage(path, statePath) };
  const viewer = pageOf(paths, 'viewer.js');
  if (viewer === undefined) return state;
  const camera = viewer === '/' ? '/{camera}' : `${viewer}/{camera}`;
  return {
    ...state,
    viewer: fromPage(path, viewer),
    ...(paths.includes(camera) ? { camera: fromPage(path, camera) } : {}),
  };
}
