// Stages the files of the Debian package below a folder, in the layout of the user's machine.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { commandsOf } from '../../core/cli/commands.ts';
import { type ProfileCommand, profileCommands } from '../../core/cli/profile-commands.ts';
import { builtins, commands, standaloneCommands } from '../../plugins/index.ts';
import { bundle } from '../build/bundle.ts';
import { baseSchema, pluginSchemas } from '../generate/schemas.ts';
import { bash, fish, type Words, zsh } from './completion.ts';
import { MAINTAINER } from './deb.ts';
import { camd1, camdYaml5, type Edition } from './manuals.ts';

/** Optional packages without native parts, which the Debian package includes. */
export const BUNDLED = ['aedes', 'kysely', 'mysql2', 'nodemailer', 'pg'] as const;
/** Optional packages with native parts, which `camd plugins install` installs. */
export const NATIVE = ['sharp', 'libsql'] as const;

const SHARE = 'usr/share';
const LIB = 'usr/lib/camd';

/** `dist` must have been built. The result depends only on the checkout and the edition. */
export async function stage(root: string, edition: Edition): Promise<void> {
  const put = (path: string, content: string | Buffer, mode = 0o644): void => {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    writeFileSync(target, content);
    chmodSync(target, mode);
  };
  const zip = (path: string, content: string | Buffer): void => put(`${path}.gz`, gzipSync(content, { level: 9 }));

  for (const part of ['pages', 'types']) cpSync(join('dist', part), join(root, LIB, 'dist', part), { recursive: true });
  const shipped = [...filesIn('schemas', '.json'), ...filesIn('configs', '.yaml')];
  for (const path of shipped) put(join(LIB, path), readFileSync(path));
  await bundle(join(root, LIB, 'dist'), NATIVE);
  put(join(LIB, 'package.json'), manifest(edition));
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  symlinkSync('../lib/camd/dist/camd.cjs', join(root, 'usr/bin/camd'));

  put('etc/camd/camd.yaml', readFileSync('packaging/debian/camd.yaml'));
  for (const unit of ['camd.service', 'camd.socket'])
    put(join('usr/lib/systemd/system', unit), readFileSync(join('packaging/systemd', unit)));
  put('usr/lib/sysctl.d/60-camd.conf', readFileSync('packaging/sysctl.d/60-camd.conf'));
  put('usr/lib/sysusers.d/camd.conf', readFileSync('packaging/sysusers.d/camd.conf'));

  const doc = join(SHARE, 'doc/camd');
  put(join(doc, 'copyright'), copyright());
  zip(join(doc, 'CHANGELOG.md'), readFileSync('CHANGELOG.md'));
  zip(join(doc, 'changelog'), changelog(edition));
  for (const path of filesIn('configs', '.yaml')) put(join(doc, 'examples', basename(path)), readFileSync(path));
  const dropIns = 'packaging/systemd/camd.service.d';
  for (const file of existsSync(dropIns) ? readdirSync(dropIns) : [])
    put(join(doc, 'examples/camd.service.d', file), readFileSync(join(dropIns, file)));

  const words = await wordsOf();
  zip(join(SHARE, 'man/man1/camd.1'), camd1(words.commands, words.short, edition));
  zip(join(SHARE, 'man/man5/camd.yaml.5'), camdYaml5(baseSchema(), pluginSchemas(), edition));
  put(join(SHARE, 'bash-completion/completions/camd'), bash(words));
  put(join(SHARE, 'zsh/vendor-completions/_camd'), zsh(words));
  put(join(SHARE, 'fish/vendor_completions.d/camd.fish'), fish(words));
}

const filesIn = (folder: string, end: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(end))
    .sort()
    .map((path) => join(folder, path));

async function wordsOf(): Promise<Words> {
  const loaded = await Promise.all(Object.values(commandsOf({ commands })).map(async (load) => (await load()).default));
  const short = Object.entries(standaloneCommands).map(async ([name, load]) => {
    const { summary, usage } = (await load()).default;
    return { name, summary, usage };
  });
  return {
    commands: loaded,
    short: [...(await Promise.all(short)), ...(await profileCommands(builtins)).map(ofProfile)],
    plugins: Object.keys(builtins),
    starts: filesIn('configs', '.yaml')
      .filter((path) => !path.endsWith('.test.yaml'))
      .map((path) => basename(path, '.yaml')),
    packages: [...BUNDLED, ...NATIVE],
  };
}

const ofProfile = ({ name, summary, usage, use }: ProfileCommand) => ({
  name,
  summary: `${summary} (for profiles that use ${use})`,
  usage,
});

/** The parts of package.json that camd reads at run time: its name and the tested versions of optional packages. */
function manifest({ version }: Edition): string {
  const { name, type, exports, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  return `${JSON.stringify({ name, version, type, exports, optionalDependencies }, undefined, 2)}\n`;
}

/** For dpkg's tools; the changes themselves are in CHANGELOG.md. */
function changelog({ version, date }: Edition): string {
  const when = new Date(date).toUTCString().replace('GMT', '+0000');
  return `camd (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- ${MAINTAINER}  ${when}\n`;
}

function copyright(): string {
  const license = readFileSync('LICENSE', 'utf8').trim().split('\n').slice(1).join('\n').trim();
  const holder = /Copyright .*/.exec(license)?.[0] ?? '';
  const body = license
    .replace(holder, '')
    .trim()
    .split('\n')
    .map((line) => (line === '' ? ' .' : ` ${line}`));
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: camd',
    '',
    'Files: *',
    holder.replace('Copyright (c)', 'Copyright:'),
    'License: Expat',
    ...body,
    '',
  ].join('\n');
}
