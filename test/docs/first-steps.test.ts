// docs/first-steps.md is true: camd says the same on machines that are made like those of the page, in a network of their own.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { readableCopy } from '../support/readable-copy.ts';

const PAGE = readFileSync('docs/first-steps.md', 'utf8');
const CAMD = readableCopy(t);
/** The folder that the page shows, and a user without rights. */
const SHOWN = '/srv/camd';
const NOBODY = 65_534;

const block = (start: RegExp): string => {
  const found = [...PAGE.matchAll(/^```\w* ?\S*\n(.*?)^```/gms)]
    .map(([, text = '']) => text)
    .find((text) => start.test(text));
  if (found === undefined) throw new Error(`the page has no block ${start}`);
  return found;
};
const blocks = [...PAGE.matchAll(/^```console\n(\$ camd doctor.*?)^```/gms)].map(([, text = '']) => text);

/** What is said of the profile and its nodes, without what depends on the kernel and the disk. */
function entries(output: string, folder = SHOWN): string[] {
  const joined = output.replaceAll(folder, SHOWN).replaceAll(/\n {9,}/g, ' ');
  return joined
    .split('\n')
    .filter((line) => /^(?:wrong|warning|ok) /.test(line) && !/^\w+ +machine /.test(line))
    .map((line) =>
      line
        .replaceAll(/\s+/g, ' ')
        .replaceAll(/[\d.]+ [KMG]iB/g, 'N GiB')
        .replaceAll(/shop-[0-9a-f]{8}/g, 'shop-HASH')
        .trim(),
    );
}

/** A folder of its own with the profile of the page; `programs` are all that the PATH has. */
function machine(programs: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'camd-first-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  for (const name of ['bin', 'home', 'pictures']) mkdirSync(join(folder, name));
  chownSync(join(folder, 'home'), NOBODY, NOBODY);
  for (const program of programs)
    symlinkSync(execFileSync('which', [program], { encoding: 'utf8' }).trim(), join(folder, 'bin', program));
  writeFileSync(join(folder, 'shop.yaml'), block(/^camd: 1\n/));
  const own = (path: string): void => chownSync(join(folder, path), NOBODY, NOBODY);
  /** `taken`: a process of root listens on port 8080. */
  const run = (argv: readonly string[], taken = false) => {
    const hold = 'const server = require("net").createServer().listen(8080, "127.0.0.1", () => console.log("ready"));';
    const script = [
      'ip link set lo up',
      ...(taken
        ? [`'${process.execPath}' -e '${hold}' >held & holder=$!`, 'until [ -s held ]; do sleep 0.05; done']
        : []),
      'setpriv --reuid=65534 --regid=65534 --clear-groups -- env -i PATH="$PWD/bin" HOME="$PWD/home" "$@"',
      `code=$?${taken ? '; kill $holder' : ''}; exit $code`,
    ].join('\n');
    return spawnSync('unshare', ['--net', 'sh', '-c', script, 'sh', process.execPath, CAMD, ...argv], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
      env: { PATH: `/usr/sbin:/usr/bin:/sbin:/bin:${dirname(process.execPath)}` },
    });
  };
  return { folder, run, own };
}

t.test('a machine without programs, camera, permission and a free port, as the page shows it', (t) => {
  const { folder, run } = machine([]);

  const { status, stdout, stderr } = run(['doctor', 'shop.yaml'], true);

  t.equal(status, 71, stderr);
  t.same(entries(stdout, folder), entries(blocks[0] ?? ''));
  t.end();
});

t.test('the same machine with the programs and the folder, as the page shows it', (t) => {
  const { folder, run, own } = machine(['ffmpeg', 'v4l2-ctl']);
  own('pictures');

  const { status, stdout, stderr } = run(['doctor', 'shop.yaml']);

  t.equal(status, 71, stderr);
  t.same(entries(stdout, folder), entries(blocks[1] ?? ''));
  t.end();
});

t.test('camd init on a machine without a camera, as the page shows it', (t) => {
  const { folder, run, own } = machine(['v4l2-ctl']);
  own('.');

  const { status, stdout, stderr } = run(['init', '--output', 'new.yaml']);
  const checked = run(['doctor', '--quiet', 'new.yaml']);

  t.equal(status, 0, stderr);
  t.equal(`$ camd init --output new.yaml\n${stdout}`, block(/^\$ camd init --output/));
  t.equal(checked.status, 0, checked.stdout);
  t.match(readFileSync(join(folder, 'new.yaml'), 'utf8'), /source\/test-pattern/);
  t.end();
});
