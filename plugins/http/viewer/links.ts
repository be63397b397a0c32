// Where the page finds snapshots and streams among the paths of its server, written so that a proxy may move them all. Pure.

import type { Links } from './wire.ts';

/** `path`: of the viewer. A path without {camera} shows the only camera there is, so it counts only where `isAlone`. */
export function findLinks(paths: readonly string[], path: string, isAlone: boolean): Links {
  const usable = paths.filter((one) => parameters(one).every((name) => name === '{camera}'));
  const find = (isOne: (last: string) => boolean): string | undefined => {
    const found = usable.filter((one) => isOne(lastOf(one)));
    const named = found.find((one) => one.includes('{camera}'));
    return named ?? (isAlone ? found[0] : undefined);
  };
  const snapshot = find((last) => /\.jpe?g$/.test(last) || /^snapshot$/.test(last));
  const stream = find((last) => /\.mjpe?g$/.test(last) || /^stream$/.test(last));
  const up = '../'.repeat(path.split('/').filter((segment) => segment !== '').length);
  return {
    ...(snapshot === undefined ? {} : { snapshot: `${up || './'}${snapshot.slice(1)}` }),
    ...(stream === undefined ? {} : { stream: `${up || './'}${stream.slice(1)}` }),
  };
}

const parameters = (path: string): readonly string[] => path.match(/\{[^{}]*\}/g) ?? [];
const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
