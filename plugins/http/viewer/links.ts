// Finds the URLs of snapshots, streams and the history on the same server, for links in the page. Pure.

import { fromPage, pageOf } from '../../kit/page/links.ts';
import type { Links } from './wire.ts';

const STATE = '/{camera}/state';

/** `path`: the viewer's path. A path without {camera} shows the only camera, so it counts only where `isAlone`. */
export function findLinks(paths: readonly string[], path: string, isAlone: boolean): Links {
  const usable = paths.filter((one) => parameters(one).every((name) => name === '{camera}'));
  const find = (isOne: (last: string) => boolean): string | undefined => {
    const found = usable.filter((one) => isOne(lastOf(one)));
    const named = found.find((one) => one.includes('{camera}'));
    return named ?? (isAlone ? found[0] : undefined);
  };
  const snapshot = find((last) => /\.jpe?g$/.test(last) || /^snapshot$/.test(last));
  const stream = find((last) => /\.mjpe?g$/.test(last) || /^stream$/.test(last));
  // http/screens: the request for a picture stands beside the state, and the list above both.
  const state = usable.find((one) => one.endsWith(STATE) && paths.includes(one.slice(0, -STATE.length)));
  const history = pageOf(paths, 'history.js');
  return {
    ...(snapshot === undefined ? {} : { snapshot: fromPage(path, snapshot) }),
    ...(stream === undefined ? {} : { stream: fromPage(path, stream) }),
    ...(state === undefined ? {} : screenLinks(path, state.slice(0, -STATE.length))),
    ...(history === undefined ? {} : { history: `${fromPage(path, history)}?camera={camera}` }),
  };
}

const screenLinks = (path: string, list: string): Links => ({
  capture: fromPage(path, `${list}/{camera}/capture`),
  state: fromPage(path, `${list}${STATE}`),
  screens: fromPage(path, list),
});

const parameters = (path: string): readonly string[] => path.match(/\{[^{}]*\}/g) ?? [];
const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
