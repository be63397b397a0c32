// The values that a test file sets in its profile, with the URLs of its stand-in servers.

import type { Problem } from '../../../core/contract/problems.ts';
import { type Override, parseOverride } from '../../../core/profile/source/override.ts';
import { pointerTo } from '../../../core/profile/source/tree.ts';
import type { TestFile } from './language.ts';

const SERVER = /\$\{(server|address):([^}]*)\}/g;

export interface Overrides {
  readonly list: readonly Override[];
  /** Moves a problem with such a value to its place in the test file. */
  placed(problem: Problem): Problem;
}

/** Replaces "${server:api}" by the URL of that stand-in and "${address:api}" by its host and port; unknown names stay as they are. */
export const withServers = (text: string, origins: ReadonlyMap<string, string>): string =>
  text.replaceAll(SERVER, (whole, form: string, name: string) => {
    const origin = origins.get(name) ?? whole;
    return form === 'address' ? origin.replace('http://', '') : origin;
  });

/** The stand-ins named in a text. */
export const serversIn = (text: string): string[] => [...text.matchAll(SERVER)].map(([, , name = '']) => name);

export function overridesOf(test: TestFile, origins: ReadonlyMap<string, string>): Overrides {
  const places = new Map<string, string>();
  const list = Object.entries(test.content.set ?? {}).flatMap(([path, value]) => {
    // JSON is YAML.
    const parsed = parseOverride(`${path}=${withServers(JSON.stringify(value), origins)}`);
    if (typeof parsed === 'string') return [];
    places.set(parsed.name, pointerTo('/set', path));
    return [parsed];
  });
  return {
    list,
    placed(problem) {
      const pointer = places.get(problem.place.file);
      return pointer === undefined ? problem : { ...problem, place: test.place(pointer) };
    },
  };
}
