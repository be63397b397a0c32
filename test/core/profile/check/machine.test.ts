// Names in a profile that this machine lacks, with real files, folders and programs.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkMachine } from '../../../../core/profile/check/machine.ts';
import type { Mark } from '../../../../core/profile/values/fill.ts';
import { checkedNodes, markOf, problemTexts, rangeAt } from '../../../support/checked-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'camd-machine-'));
t.teardown(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'bin'));
mkdirSync(join(folder, 'in', 'bin'), { recursive: true });
writeFileSync(join(folder, 'plain'), '');
writeFileSync(join(folder, 'bin', 'run'), '#!/bin/sh\n');
chmodSync(join(folder, 'bin', 'run'), 0o755);

type Kind = 'file' | 'folder' | 'program';
const naming = (option: string, text: string, exists: Kind, more: Partial<Mark> = {}): Mark =>
  markOf(option, text, { keywords: { exists }, ...more });

const lacking = (marks: readonly Mark[], PATH?: string) =>
  checkMachine(checkedNodes({ a: { marks } }).values(), folder, PATH === undefined ? {} : { PATH });
const missing = (marks: readonly Mark[], PATH?: string): string[] => problemTexts(lacking(marks, PATH));

t.test('files and folders that are not there, or are the other one', (t) => {
  t.same(missing([naming('cert', 'plain', 'file'), naming('path', 'bin', 'folder'), naming('cert', '', 'file')]), []);
  t.same(missing([naming('cert', 'gone.pem', 'file', { range: rangeAt(4, 7) })]), [
    `4:7 cert: ${folder}/gone.pem is not on this machine: there is no such file.`,
  ]);
  t.same(
    missing([naming('path', 'gone', 'folder'), naming('path', 'plain', 'folder'), naming('cert', 'bin', 'file')]),
    [
      `9:3 path: ${folder}/gone is not on this machine: there is no such folder.`,
      `9:3 path: ${folder}/plain is not a folder.`,
      `9:3 cert: ${folder}/bin is a folder; name a file.`,
    ],
  );
  t.match(lacking([naming('cert', 'gone', 'file')]), [{ code: 'not-here', severity: 'warning' }]);
  t.notOk('fix' in (lacking([naming('cert', 'ffmpeg', 'file')])[0] ?? {}), 'a file is not installed');
  t.same(missing([markOf('name', 'gone')]), [], 'what is no path is not looked for');
  t.end();
});

t.test('programs by name are looked for in the PATH, and by path from the folder of the profile or the node', (t) => {
  const bin = join(folder, 'bin');
  const none = (name: string): string =>
    `9:3 command: there is no program "${name}" on this machine; install it, or write its path.`;

  t.same(missing([naming('command', 'run', 'program')], bin), []);
  t.same(missing([naming('command', 'run', 'program')], ''), [none('run')]);
  t.same(missing([naming('command', 'run', 'program')]), [none('run')], 'without a PATH');
  t.same(missing([naming('command', './bin/run', 'program')]), []);
  t.same(missing([naming('command', './plain', 'program')]), [
    `9:3 command: there is no program ${folder}/plain, or this user may not run it.`,
  ]);
  t.same(missing([markOf('cwd', 'in'), naming('command', './bin/run', 'program')]), [
    `9:3 command: there is no program ${folder}/in/bin/run, or this user may not run it.`,
  ]);
  t.same(missing([markOf('cwd', folder), markOf('name', 'in'), naming('command', './bin/run', 'program')]), []);
  t.end();
});

t.test('of a command only the first word is a program', (t) => {
  const words = ['gone', 'other', 'more'].map((word, index) => naming(`command[${index}]`, word, 'program'));
  const tenth = naming('command[10]', 'gone', 'program');

  t.same(missing([...words, tenth], ''), [
    '9:3 command[0]: there is no program "gone" on this machine; install it, or write its path.',
  ]);
  t.end();
});

t.test('a program that a Debian package brings is missing to be installed so', (t) => {
  t.match(lacking([naming('command', 'ffmpeg', 'program')], ''), [{ fix: 'sudo apt install ffmpeg' }]);
  t.notOk('fix' in (lacking([naming('command', 'own-program', 'program')], '')[0] ?? {}));
  t.end();
});
