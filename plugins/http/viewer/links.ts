// Finds the URLs of snapshots, streams and the history on the same server, for links in the page. Pure.

import { fromPage, pageOf } from '../../kit/page/links.ts';
import type { Links } from './wire.ts';

const STATE = '/{camera}/state';

/** `path`: the viewer's path. `isAlone`: there is only one camera, so paths without {camera} count too. */
export function findLinks(paths: readonly string[], path: string, isAlone: boolean): Links {
  const usable = paths.filter((candidate) => parameters(candidate).every((name) => name === '{camera}'));
  const find = (matches: (last: string) => boolean): string | undefined => {
    const found = usable.filter((candidate) => matches(lastOf(candidate)));
    const named = found.find((candidate) => candidate.includes('{camera}'));
    return named ?? (isAlone ? found[0] : undefined);
  };
  const snapshot = find((last) => /\.jpe?g$/.test(last) || /^snapshot$/.test(last));
  const stream = find((last) => /\.mjpe?g$/.test(last) || /^stream$/.test(last));
  // http/screens: the list is one level above the state, and the capture request beside it.
  const state = usable.find(
    (candidate) => candidate.endsWith(STATE) && paths.includes(candidate.slice(0, -STATE.length)),
  );
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
