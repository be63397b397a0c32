// Translates an edit of a profile into edits of its files: finds the file of the entry, and the lists that name the node. Pure.

import type { ProfileEdit } from '../../../core/contract/profile.ts';
import { isPattern, matches } from '../../../core/profile/check/patterns.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import type { Edit, PlainValue } from './text/edits.ts';
import { entryOf, mapAt, parse, rootOf } from './text/find.ts';

export interface FileEdit {
  readonly file: string;
  readonly edit: Edit;
}

/**
 * @param texts by absolute path: the profile first, then its includes; an earlier file overrides a later one
 */
export function translate(
  edit: ProfileEdit,
  profile: Profile,
  texts: ReadonlyMap<string, string>,
): readonly FileEdit[] {
  const files = [...texts.keys()];
  const holders = (...path: string[]): string[] => files.filter((file) => holds(texts.get(file) ?? '', path));
  const home = (node: string): string =>
    holders('pipeline', node)[0] ?? profile.nodes.get(node)?.place.file ?? files[0] ?? '';

  switch (edit.is) {
    case 'set': {
      const whole = ['pipeline', edit.node, edit.option, ...(edit.inside ?? [])];
      // Choose the file with the longest existing part of the path; the missing part is created there, as part of the value.
      const depth = whole.findLastIndex((_step, index) => holders(...whole.slice(0, index + 1)).length > 0) + 1;
      const file = holders(...whole.slice(0, depth))[0] ?? home(edit.node);
      const path = whole.slice(0, Math.max(3, depth + 1));
      const value = whole.slice(path.length).reduceRight<PlainValue>((inner, key) => ({ [key]: inner }), edit.value);
      return [{ file, edit: { is: 'set', path, value } }];
    }
    case 'unset': {
      const path = ['pipeline', edit.node, edit.option, ...(edit.inside ?? [])];
      return holders(...path).map((file) => ({
        file,
        edit: { is: 'remove', path: withoutEmpty(texts.get(file) ?? '', path) },
      }));
    }
    case 'add': {
      const { use = '', like } = profile.nodes.get(edit.like) ?? {};
      const path = ['pipeline', edit.node];
      const value = { ...(like === undefined ? { use } : { like }), ...edit.options };
      const naming = lists(profile, edit.like).filter(
        ({ written }) => !written.some((entry) => fits(entry, edit.node)),
      );
      return [
        { file: home(edit.like), edit: { is: 'insert', path, value, after: edit.like } },
        ...naming.flatMap(({ node, option }) => {
          const at = ['pipeline', node, option];
          return holders(...at)
            .slice(0, 1)
            .map((file): FileEdit => ({ file, edit: { is: 'append', path: at, value: edit.node } }));
        }),
      ];
    }
    case 'remove':
      return [
        ...lists(profile, edit.node)
          .filter(({ written }) => written.length > 1 && written.includes(edit.node))
          .flatMap(({ node, option }) => {
            const at = ['pipeline', node, option];
            return holders(...at)
              .slice(0, 1)
              .map((file): FileEdit => ({ file, edit: { is: 'drop', path: at, value: edit.node } }));
          }),
        ...holders('pipeline', edit.node).map(
          (file): FileEdit => ({ file, edit: { is: 'remove', path: ['pipeline', edit.node] } }),
        ),
      ];
  }
}

/** Extends the removal to the enclosing map when the map would be left empty; at most up to the option. */
function withoutEmpty(text: string, path: readonly string[]): readonly string[] {
  let whole = path;
  while (whole.length > 3 && mapAt(rootOf(parse(text)), whole.slice(0, -1)).items.length === 1)
    whole = whole.slice(0, -1);
  return whole;
}

interface Naming {
  readonly node: string;
  readonly option: string;
  /** Ids and patterns. */
  readonly written: readonly string[];
}

/** All options that name the node, by its id or by a pattern. */
function lists(profile: Profile, id: string): Naming[] {
  return [...profile.nodes.values()].flatMap(({ id: node, references }) =>
    references
      .filter(({ to, ports }) => ports.length > 0 && to.includes(id))
      .map(({ option, to, written = to }) => ({ node, option, written })),
  );
}

const fits = (written: string, id: string): boolean => isPattern(written) && matches(written, id);

/** True if the file itself contains this entry. */
function holds(text: string, path: readonly string[]): boolean {
  try {
    const map = mapAt(rootOf(parse(text)), path.slice(0, -1));
    return entryOf(map, path.at(-1) ?? '') !== undefined;
  } catch {
    return false;
  }
}
