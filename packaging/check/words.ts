// Checks that sources, schemas and pages use the standard terms, not the words that camd had before.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sourceFiles } from './files.ts';

/** Word → the term to use instead. Compound names count as several words: `toldCameras` contains "told". */
const TERMS: Readonly<Record<string, string>> = {
  told: 'reported, sent or notified',
  whoever: 'the user, the client or the caller',
  heirs: 'successors',
  estate: 'durable state',
  tenure: 'lease',
  attendance: 'readiness',
  epitaph: 'exit message',
  chatter: 'stderr log',
  roster: 'camera list',
};

const WORDS = new RegExp(`(?<![a-z])(?:${Object.keys(TERMS).join('|')})(?![a-z])`, 'i');
const FOLDERS = ['core', 'plugins', 'testing', 'packaging', 'bench'];
/** The list itself. */
const LEFT_OUT = 'packaging/check/words.ts';

/** `project` is the absolute path of the folder with core/, plugins/, schemas/ and docs/. */
export function words(project = process.cwd()): string[] {
  const sources = FOLDERS.flatMap((folder) => sourceFiles(join(project, folder)));
  return [...sources, ...texts(join(project, 'schemas'), '.json'), ...texts(join(project, 'docs'), '.md')]
    .map((path) => relative(project, path))
    .filter((path) => path !== LEFT_OUT)
    .flatMap((path) =>
      readFileSync(join(project, path), 'utf8')
        .split('\n')
        .flatMap((line, index) => complaint(path, index + 1, line)),
    );
}

function complaint(path: string, line: number, text: string): string[] {
  // "toldCameras" and "wasTold" are split where a capital begins.
  const found = WORDS.exec(text.replace(/([a-z])([A-Z])/g, '$1 $2'))?.[0].toLowerCase();
  return found === undefined ? [] : [`${path}:${line} says "${found}": use ${TERMS[found]}`];
}

/** Files with this ending below a folder, sorted; empty if the folder does not exist. */
function texts(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith(ending))
      .map((path) => join(folder, path))
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}
