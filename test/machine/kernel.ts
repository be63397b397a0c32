// A Debian kernel for the test machine, unpacked but never installed, and its initial file system.

import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finishes, outputOf } from '../run/process.ts';

export interface Kernel {
  readonly image: string;
  readonly initrd: string;
  /** The folder to mount over /lib/modules/VERSION. */
  readonly modules: string;
}

/** Modules that the kernel needs before it can mount the host's files; all others are loaded from there. */
const EARLY_MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console', 'virtio_net'];
const INIT = fileURLToPath(new URL('guest/init.sh', import.meta.url));

/** The kernel package is downloaded once per user: 70 MB, stored where the machine can read it (not below /tmp). */
const cache = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'camd-machine');

export async function obtainKernel(): Promise<Kernel> {
  const name = await kernelPackage();
  const home = join(cache(), name);
  if (!existsSync(home)) await unpack(name, home);
  const root = join(home, 'root');
  const [version = ''] = readdirSync(join(root, 'lib/modules'));
  const initrd = join(home, 'initrd');
  await buildInitrd(root, version, initrd);
  return { image: join(root, 'boot', `vmlinuz-${version}`), initrd, modules: join(root, 'lib/modules', version) };
}

/** `linux-image-amd64` depends on the package with the kernel itself. */
async function kernelPackage(): Promise<string> {
  const name =
    (await dependency()) ?? ((await finishes(['apt-get', '-qq', 'update'])) ? await dependency() : undefined);
  if (name === undefined) throw new Error('apt-cache has no linux-image-amd64; run apt-get update as root');
  return name;
}

async function dependency(): Promise<string | undefined> {
  const text = (await outputOf(['apt-cache', 'depends', 'linux-image-amd64'])) ?? '';
  return /Depends: (linux-image-\S+)/.exec(text)?.[1];
}

async function unpack(name: string, home: string): Promise<void> {
  const draft = `${home}.${process.pid}`;
  const packages = join(draft, 'package');
  mkdirSync(packages, { recursive: true });
  // apt-get writes to the current folder.
  await must(['sh', '-c', 'cd "$0" && apt-get -qq download "$1"', packages, name]);
  const [deb = ''] = readdirSync(packages);
  const root = join(draft, 'root');
  await must(['dpkg-deb', '-x', join(packages, deb), root]);
  rmSync(packages, { recursive: true });
  const [version = ''] = readdirSync(join(root, 'lib/modules'));
  await must(['/sbin/depmod', '-b', root, version]);
  renameSync(draft, home);
}

/** Built at every start, so that it always contains the init script of this checkout; takes a fraction of a second. */
async function buildInitrd(root: string, version: string, file: string): Promise<void> {
  const tree = `${file}.${process.pid}`;
  for (const folder of ['bin', 'modules', 'proc', 'sys', 'dev', 'host', 'share', 'changes', 'root']) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  cpSync('/bin/busybox', join(tree, 'bin/busybox'));
  cpSync(INIT, join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  const order: string[] = [];
  for (const module of EARLY_MODULES) {
    const argv = ['/sbin/modprobe', '-d', root, '-S', version, '--show-depends', module];
    for (const [, path = ''] of ((await outputOf(argv)) ?? '').matchAll(/^insmod (\S+)/gm)) {
      if (order.includes(basename(path))) continue;
      order.push(basename(path));
      cpSync(path, join(tree, 'modules', basename(path)));
    }
  }
  writeFileSync(join(tree, 'modules/order'), `${order.join('\n')}\n`);
  await must(['sh', '-c', 'cd "$0" && find . | cpio -o -H newc --quiet > "$1"', tree, `${tree}.cpio`]);
  renameSync(`${tree}.cpio`, file);
  rmSync(tree, { recursive: true });
}

async function must(argv: readonly string[]): Promise<void> {
  if (!(await finishes(argv))) throw new Error(`${argv.slice(0, 3).join(' ')} failed`);
}
