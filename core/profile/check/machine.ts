// Finds files, folders and programs that a profile names with the keyword `exists` and this machine lacks. Changes nothing.

import { accessSync, constants, statSync } from 'node:fs';
import { installProgram } from '../../base/debian-packages.ts';
import { findProgram } from '../../base/find-program.ts';
import type { Problem } from '../../contract/problems.ts';
import type { OptionKeywords } from '../../contract/schema.ts';
import { resolvePath } from '../resolve.ts';
import { problem } from '../source/tree.ts';
import type { Mark } from '../values/fill.ts';
import type { CheckedNode } from './node.ts';

type Kind = NonNullable<OptionKeywords['exists']>;
type Env = Readonly<Record<string, string | undefined>>;

/** Skips options that are not set, except programs that a plugin runs by default. */
export function checkMachine(nodes: Iterable<CheckedNode>, folder: string, env: Env): Problem[] {
  return [...nodes].flatMap(({ marks }) => {
    const home = marks.find(({ option }) => option === 'cwd')?.text;
    const base = home === undefined ? folder : resolvePath(folder, home);
    return marks.flatMap((mark) => {
      const { exists } = mark.keywords;
      // In a command, only the first word is a program.
      if (exists === undefined || mark.text === '' || /\[[1-9]\d*\]$/.test(mark.option)) return [];
      const why = exists === 'program' ? whyNoProgram(mark.text, base, env) : whyMissing(mark, exists, folder);
      if (why === undefined) return [];
      const fix = exists === 'program' ? installProgram(mark.text) : undefined;
      return [{ ...problem('not-here', mark.range, `${mark.option}: ${why}`), ...(fix ? { fix } : {}) }];
    });
  });
}

function whyMissing({ text }: Mark, exists: Kind, folder: string): string | undefined {
  const path = resolvePath(folder, text);
  try {
    const found = statSync(path);
    if (exists === 'folder' && !found.isDirectory()) return `${path} is not a folder.`;
    if (exists === 'file' && found.isDirectory()) return `${path} is a folder; name a file.`;
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (cause) {
    return `${path} ${reasonOf(cause, exists)}`;
  }
}

function whyNoProgram(name: string, folder: string, env: Env): string | undefined {
  if (name.includes('/')) {
    const path = resolvePath(folder, name);
    return findProgram(path) ? undefined : `there is no program ${path}, or this user may not run it.`;
  }
  if (findProgram(name, env.PATH ?? '')) return undefined;
  return `there is no program "${name}" on this machine; install it, or write its path.`;
}

function reasonOf(cause: unknown, exists: Kind): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EACCES') return 'may not be read by this user.';
  return `is not on this machine: there is no such ${exists}.`;
}
