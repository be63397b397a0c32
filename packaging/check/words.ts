// Checks that sources, schemas and pages use the standard terms, not the words that camd had before.

import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesWith, sourceFiles } from './files.ts';

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
const FOLDERS = ['core', 'plugins', 'testing', 'packaging', 'bench', 'test'];
/** The list itself, and its test. */
const LEFT_OUT: ReadonlySet<string> = new Set(['packaging/check/words.ts', 'test/packaging/words.test.ts']);

/** `project` is the absolute path of the folder with core/, plugins/, schemas/ and docs/. */
export function words(project = process.cwd()): string[] {
  return [
    ...FOLDERS.flatMap((folder) => sourceFiles(join(project, folder))),
    ...filesWith(/\.json$/, join(project, 'schemas')),
    ...filesWith(/\.md$/, join(project, 'docs')),
  ]
    .map((path) => relative(project, path))
    .filter((path) => !LEFT_OUT.has(path))
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
