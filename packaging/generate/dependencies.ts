// Generates docs/dependencies.md: the packages of an installation, with licence and size, from package-lock.json and node_modules.

import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type Lock = Readonly<Record<string, Locked>>;

/** Packages without a licence in package.json; these come from their LICENSE files. */
const LICENSES: Readonly<Record<string, string>> = { suncalc: 'BSD-2-Clause' };

export function dependencyPage(): Map<string, string> {
  const { packages: lock } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Lock };
  const root = lock[''];
  if (!root) throw new Error('package-lock.json has no root package');
  const always = Object.keys(root.dependencies ?? {}).sort();
  const optional = Object.keys(root.optionalDependencies ?? {}).sort();
  const paths = closure(lock, [...always, ...optional]);
  const text = [
    '<!-- npm run generate -->',
    '# Dependencies',
    '',
    'This page lists every package that an installation of camd by npm brings. The Debian package has the same ones built into the program,',
    'without `sharp` and `libsql` (see [install.md](install.md)); the container image has these, too. No package runs a script when it is',
    'installed. Tools for building and testing are not here. `npm run release` writes the list with checksums as a CycloneDX SBOM.',
    '',
    'Sizes are those of the unpacked files. "With its own" adds all packages that one needs, those for one platform excepted; packages that',
    'two of them need are counted twice.',
    '',
    '## Always installed',
    '',
    ...table(lock, always),
    '',
    `Together ${size(lock, closure(lock, always))} in ${closure(lock, always).length} packages.`,
    '',
    '## Optional',
    '',
    '`npm install --omit=optional` leaves these out; a node reports a missing one, and `camd plugins install` adds it.',
    '',
    ...table(lock, optional),
    '',
    'Of these npm installs the one or two for the processor and system in use, compiled; their sizes differ:',
    '',
    ...platforms(lock, paths),
    '',
    '## In the pages',
    '',
    'Scripts for browsers are built into the pages, each with its dependencies; nothing is loaded from another host, and npm installs none of these.',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...closure(lock, inPages()).map(
      (path) => `| ${nameOf(path)} | ${lock[path]?.version} | ${licenseOf(lock, path)} |`,
    ),
    '',
    '## Licences',
    '',
    '| licence | packages |',
    '|---|---|',
    ...byLicense(lock, paths).map(([license, count]) => `| ${license} | ${count} |`),
    '',
    '## Every package',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...paths.map((path) => `| ${nameOf(path)} | ${lock[path]?.version} | ${licenseOf(lock, path)} |`).sort(),
    '',
  ];
  return new Map([['docs/dependencies.md', text.join('\n')]]);
}

/** Packages that the scripts of pages import, by name. */
function inPages(): string[] {
  const files = readdirSync('plugins', { recursive: true, encoding: 'utf8' })
    .filter((path) => /(^|\/)page\/.*\.ts$/.test(path))
    .map((path) => readFileSync(join('plugins', path), 'utf8'));
  const named = files.flatMap((text) => [
    ...text.matchAll(/^(?:import|\} from) .*?'((?:@[\w-]+\/)?[a-z][\w-]*)(?:\/[^']*)?';$/gm),
  ]);
  return [...new Set(named.map(([, name = '']) => name))].sort();
}

function table(lock: Lock, names: readonly string[]): string[] {
  const rows = names.map((name) => {
    const path = `node_modules/${name}`;
    const own = portable(lock, closure(lock, [name]));
    const sizes = `${size(lock, [path])} | ${size(lock, own)} in ${own.length}`;
    return `| ${name} | ${lock[path]?.version} | ${licenseOf(lock, path)} | ${sizes} |`;
  });
  return ['| package | version | licence | size | with its own |', '|---|---|---|---|---|', ...rows];
}

/** The paths in the lock file of these packages of the root and of all their dependencies, sorted. */
function closure(lock: Lock, names: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const path = resolve(lock, name, from);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const locked = lock[path];
    // Dependencies of packages for another platform are not installed.
    if (!locked || !isPortable(locked)) return;
    const { dependencies, optionalDependencies } = locked;
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) visit(needed, path);
  };
  for (const name of names) visit(name, '');
  return [...found].sort();
}

/** Resolves like Node: the nearest node_modules, from the package itself upwards. */
function resolve(lock: Lock, name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (lock[path]) return path;
    if (folder === '' || !folder.includes('/node_modules/')) {
      return lock[`node_modules/${name}`] ? `node_modules/${name}` : undefined;
    }
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const licenseOf = (lock: Lock, path: string): string => {
  const license = lock[path]?.license ?? LICENSES[nameOf(path)];
  if (license === undefined) throw new Error(`${nameOf(path)} names no licence: find it, and add it to LICENSES`);
  return license;
};
/** A package for one platform names that platform; a package with several platforms selects among such packages. */
const isPortable = ({ os, cpu }: Locked): boolean => os?.length !== 1 && cpu?.length !== 1;
const portable = (lock: Lock, paths: readonly string[]): string[] =>
  paths.filter((path) => {
    const locked = lock[path];
    return locked !== undefined && isPortable(locked);
  });

function platforms(lock: Lock, paths: readonly string[]): string[] {
  const portables = new Set(portable(lock, paths));
  const native = paths.filter((path) => !portables.has(path));
  const families = new Map<string, Set<string>>();
  for (const path of native) {
    const family = nameOf(path).split('/')[0] ?? '';
    families.set(family, (families.get(family) ?? new Set()).add(licenseOf(lock, path)));
  }
  return [...families].map(([family, licenses]) => `- \`${family}/…\`: ${[...licenses].sort().join('; ')}`);
}

function byLicense(lock: Lock, paths: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(licenseOf(lock, path), (counts.get(licenseOf(lock, path)) ?? 0) + 1);
  return [...counts].sort(([first, many], [second, few]) => few - many || (first < second ? -1 : 1));
}

/** Rounded, because file systems and platforms differ a little. */
function size(lock: Lock, paths: readonly string[]): string {
  const bytes = portable(lock, paths).reduce((sum, path) => sum + bytesOf(path, true), 0);
  return bytes < 1_000_000
    ? `${Math.max(10, Math.round(bytes / 10_000) * 10)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Excludes nested packages, which are counted separately. */
function bytesOf(folder: string, top: boolean): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (top && entry.name === 'node_modules') return sum;
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesOf(path, false) : lstatSync(path).size);
  }, 0);
}
