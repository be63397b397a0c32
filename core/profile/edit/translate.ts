// An edit of a profile → edits of the texts of its files: in which file the entry stands, and which lists name the node. Pure.

import type { ProfileEdit } from '../../contract/profile.ts';
import type { Profile } from '../profile.ts';
import type { Edit } from './edits.ts';
import { entryOf, mapAt, parse, rootOf } from './find.ts';

export interface FileEdit {
  readonly file: string;
  readonly edit: Edit;
}

/**
 * @param texts by absolute path, the profile first, then what it includes: an earlier file overrides a later one
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
      const path = ['pipeline', edit.node, edit.option];
      return [{ file: holders(...path)[0] ?? home(edit.node), edit: { is: 'set', path, value: edit.value } }];
    }
    case 'unset': {
      const path = ['pipeline', edit.node, edit.option];
      return holders(...path).map((file) => ({ file, edit: { is: 'remove', path } }));
    }
    case 'add': {
      const { use = '' } = profile.nodes.get(edit.like) ?? {};
      const path = ['pipeline', edit.node];
      const value = { use, ...edit.options };
      return [
        { file: home(edit.like), edit: { is: 'insert', path, value, after: edit.like } },
        ...lists(profile, edit.like).flatMap(({ node, option }) => {
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
          .filter(({ to }) => to.length > 1)
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

/** Every option that names the node and takes a list. */
function lists(profile: Profile, id: string): { node: string; option: string; to: readonly string[] }[] {
  return [...profile.nodes.values()].flatMap(({ id: node, references }) =>
    references
      .filter(({ to, ports }) => ports.length > 0 && to.includes(id))
      .map(({ option, to }) => ({ node, option, to })),
  );
}

/** The file itself writes this entry. */
function holds(text: string, path: readonly string[]): boolean {
  try {
    const map = mapAt(rootOf(parse(text)), path.slice(0, -1));
    return entryOf(map, path.at(-1) ?? '') !== undefined;
  } catch {
    return false;
  }
}
