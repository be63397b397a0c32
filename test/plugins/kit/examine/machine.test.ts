// Checks of the doctor on this machine: programs, packages, cameras, folders, ports and addresses.

import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { examineAddresses } from '../../../../plugins/kit/doctor/addresses.ts';
import { about } from '../../../../plugins/kit/doctor/check.ts';
import { sysctlFiles } from '../../../../plugins/kit/doctor/kernel.ts';
import { examineMachine } from '../../../../plugins/kit/doctor/machine.ts';
import { examineFolder, LEAST_INODES, userName } from '../../../../plugins/kit/examine/folder.ts';
import { examinePackage } from '../../../../plugins/kit/examine/packages.ts';
import { examinePiCamera, listPiCameras, parsePiCameras } from '../../../../plugins/kit/examine/pi-cameras.ts';
import { listening, nextFree, ownersOf, parseListening, takersOf } from '../../../../plugins/kit/examine/ports.ts';
import { examineProgram } from '../../../../plugins/kit/examine/programs.ts';

const never = new AbortController().signal;
const all = async <T>(from: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const finding of from) found.push(finding);
  return found;
};

/** A PATH with only these programs, until the test ends. */
function path(t: Test, programs: Readonly<Record<string, string>>): string {
  const folder = t.testdir({});
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const before = process.env.PATH;
  process.env.PATH = folder;
  t.teardown(() => {
    process.env.PATH = before;
  });
  return folder;
}

t.test(
  'a program is found in the PATH or by its path; for a missing one the finding explains how to install it',
  (t) => {
    const folder = path(t, { mine: '' });

    t.same(
      [...examineProgram('mine', 'command')],
      [{ is: 'fine', code: 'program', option: 'command', message: `mine is installed (${folder}/mine).` }],
    );
    t.match([...examineProgram(`${folder}/mine`, 'command')], [{ message: `${folder}/mine is installed.` }]);
    t.same(
      [...examineProgram('ffmpeg', 'command')],
      [
        {
          is: 'wrong',
          code: 'missing-program',
          option: 'command',
          message: 'ffmpeg is not installed, or this user may not run it.',
          fix: 'sudo apt install ffmpeg',
        },
      ],
    );
    t.notOk('fix' in ([...examineProgram('nobody-knows-it', 'x')][0] ?? {}));
    t.end();
  },
);

t.test('a package is found; for a missing one the finding explains how to install it', async (t) => {
  t.same(await all(examinePackage('a', async () => ({}))), [
    { is: 'fine', code: 'package', option: 'use', message: 'The package a is installed.' },
  ]);
  t.match(await all(examinePackage('no-such-package', () => Promise.reject(new Error('x')), 'url')), [
    { is: 'wrong', code: 'missing-package', option: 'url', fix: 'sudo camd plugins install no-such-package' },
  ]);
});

const LIST =
  '0 : imx219 [3280x2464 10-bit RGGB] (/base)\n    Modes: 640x480 [58.92 fps - x]\n1 : ov5647 [2592x1944] (/b)';

t.test('the camera of a command is the named one, or else the first', async (t) => {
  path(t, { 'rpicam-hello': `/bin/cat <<'X'\n${LIST}\nX` });
  const examine = (...command: string[]) => all(examinePiCamera(command, never));

  t.same(await examine('rpicam-vid'), [
    { is: 'fine', code: 'camera', option: 'command', message: 'Camera 0 is a imx219.' },
  ]);
  t.match(await examine('/usr/bin/libcamera-still', '--camera', '1', '-n'), [{ message: 'Camera 1 is a ov5647.' }]);
  t.match(await examine('rpicam-vid', '--camera', 'x'), [{ message: 'Camera 0 is a imx219.' }]);
  t.match(await examine('rpicam-vid', '1'), [{ message: 'Camera 0 is a imx219.' }]);
  t.match(await examine('rpicam-vid', '--camera', '2'), [
    {
      is: 'wrong',
      code: 'missing-camera',
      message: 'There is no camera 2; there are 0 (imx219), 1 (ov5647).',
      fix: 'rpicam-hello --list-cameras',
    },
  ]);
  t.same(await examine('ffmpeg'), []);
  t.same(await examine(), []);
});

t.test('an older list on stderr is read as well, and without the program there is no finding', async (t) => {
  const none = path(t, {});
  t.equal(await listPiCameras(), undefined);
  t.same(await all(examinePiCamera(['rpicam-vid'], never)), []);
  writeFileSync(join(none, 'libcamera-hello'), `#!/bin/sh\n/bin/cat >&2 <<'X'\n${LIST}\nX\n`);
  chmodSync(join(none, 'libcamera-hello'), 0o755);
  t.match(await listPiCameras(), [{ index: 0, sensor: 'imx219', sizes: ['640x480'] }, { index: 1 }]);
  writeFileSync(join(none, 'libcamera-hello'), '#!/bin/sh\n');
  t.match(await all(examinePiCamera(['libcamera-vid'], never)), [{ message: /^libcamera finds no camera/ }]);
});

t.test('a size that is listed twice counts once, and a size without a camera is ignored', (t) => {
  const twice = `${LIST.split('\n')[0]}\n 640x480 [1 fps]\n 640x480 [2.5 fps]\n 800x600 [x fps]`;

  t.same(parsePiCameras(`640x480 [1 fps]\n${twice}`), [{ index: 0, sensor: 'imx219', sizes: ['640x480'] }]);
  t.end();
});

t.test('a writable folder is fine; for another one the finding names the user and the remedy', (t) => {
  const folder = t.testdir({});
  const examine = (more: object) => [...examineFolder({ option: 'path', path: folder, ...more })];

  t.match(examine({ minFree: 0 }), [{ is: /fine|warning/, option: 'path', message: new RegExp(`^${folder} `) }]);
  t.equal(examine({}).length, 1);
  t.same(examine({ readOnly: true }), [], 'no finding for a folder that is only read');
  t.match(examine({ minFree: Number.MAX_SAFE_INTEGER }), [
    { is: 'wrong', code: 'disk-full', message: / free, less than min_free \(.*\): no picture is stored\.$/ },
  ]);
  t.match(examine({ path: join(folder, 'a/b/c') }), [{ message: new RegExp(`^${folder}/a/b/c `) }]);
  t.match(examine({ path: join(folder, 'a/b'), readOnly: true }), [
    {
      code: 'missing-folder',
      message: `${folder}/a/b does not exist.`,
      fix: `sudo install -d -o ${userName()} ${folder}/a/b`,
    },
  ]);
  writeFileSync(join(folder, 'file'), '');
  t.match(examine({ path: join(folder, 'file') }), [{ code: 'not-a-folder', fix: `ls -ld ${folder}/file` }]);
  t.match(examine({ path: '/proc/self/new' }), [{ is: /wrong|warning|fine/ }]);
  mkdirSync(join(folder, 'locked'), 0o500);
  if (process.getuid?.() !== 0) {
    t.match(examine({ path: join(folder, 'locked') }), [{ code: 'no-permission', fix: /^sudo chown / }]);
  }
  t.ok(LEAST_INODES > 1);
  t.end();
});

t.test('the table of the kernel is parsed for every kind of address', (t) => {
  const line = (address: string, port: string, state = '0A'): string =>
    `   0: ${address}:${port} 00000000:0000 ${state} 0:0 0:0 0 0 0 77 1`;

  t.same(parseListening([line('0100007F', '0050'), line('0101A8C0', 'FFFF'), line('00000000', '0001')].join('\n')), [
    { host: '127.0.0.1', port: 80, inode: '77' },
    { host: '192.168.1.1', port: 65_535, inode: '77' },
    { host: '*', port: 1, inode: '77' },
  ]);
  t.same(parseListening(line('0100007F', '0050', '01')), []);
  t.match(parseListening(line('00000000000000000000000000000000', '0050')), [{ host: '*' }]);
  t.match(parseListening(line('B80D0120000000000000000001000000', '0050')), [{ host: '2001:db8::1' }]);
  t.match(parseListening(line('0000000000000000FFFF00000101A8C0', '0050')), [{ host: '192.168.1.1' }]);
  t.end();
});

t.test('the next free port is searched among a hundred, up to the last one', (t) => {
  const taken = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ host: '*', port: from + index, inode: '1' }));

  t.equal(nextFree('*', 80, []), 80);
  t.equal(nextFree('*', 80, taken(80, 99)), 179);
  t.equal(nextFree('*', 80, taken(80, 100)), undefined);
  t.equal(nextFree('*', 65_535, []), 65_535);
  t.equal(nextFree('*', 65_535, taken(65_535, 1)), undefined);
  const sockets = [{ host: '127.0.0.1', port: 80, inode: '1' }];
  for (const [host, count] of [
    ['127.0.0.1', 1],
    ['*', 1],
    ['0.0.0.0', 1],
    ['127.0.0.2', 0],
  ] as const) {
    t.equal(takersOf(host, 80, sockets).length, count, host);
  }
  t.equal(takersOf('*', 81, sockets).length, 0);
  t.end();
});

t.test('addresses are free, taken by a process with its name, or served by this profile', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const claim = (name: string, kind = 'address') => ({ node: 'web', kind, name });
  const examine = async (name: string, running?: number) => (await examineAddresses([claim(name)], running))[0];
  const sockets = listening().filter((socket) => socket.port === port);
  t.match(await ownersOf(sockets), [{ pid: process.pid }]);

  const taken = await examine(`127.0.0.1:${port}`);
  t.match(taken, { subject: 'web', is: 'wrong', code: 'port-taken' });
  t.match(
    taken?.message,
    new RegExp(`^127\\.0\\.0\\.1:${port} is taken by \\S.* \\(process ${process.pid}.*\\)\\. Port \\d+ is free\\.$`),
  );
  t.match(taken?.fix, /^(kill \d+|sudo systemctl stop \S+\.service)$/);
  t.match(await examine(`*:${port}`), { code: 'port-taken', message: new RegExp(`^:${port} is taken`) });
  t.match(await examine(`127.0.0.1:${port}`, process.pid), {
    is: 'fine',
    message: `127.0.0.1:${port} is served by this profile, which is running.`,
  });
  server.close();
  await once(server, 'close');
  t.match(await examine(`127.0.0.1:${port}`), { is: 'fine', message: `127.0.0.1:${port} is free.` });
  t.match(await examine(`[::1]:${port}`), { message: new RegExp(`^(\\[::1\\]:${port} is free|No interface)`) });
  t.match(await examine(`192.0.2.7:${port}`), {
    is: 'wrong',
    code: 'no-address',
    message: 'No interface of this machine has the address 192.0.2.7 at present.',
    fix: 'ip -brief address',
  });
  t.same(await examineAddresses([claim('x', 'device')], undefined), []);
  t.match(await examineAddresses([claim('/nonexistent/x.sock', 'socket')], undefined), [
    { subject: 'web', option: 'listen' },
  ]);
});

t.test('the machine is examined as a whole, under its name', async (t) => {
  const checks = await examineMachine('p.yaml', never);

  t.ok(checks.every(({ subject }) => subject === 'machine'));
  t.ok(checks.some(({ code }) => code.startsWith('clock')));
  t.ok(checks.some(({ code }) => code.endsWith('descriptors')));
  t.ok(sysctlFiles().length > 0);
  t.same(about('x')({ is: 'fine', code: 'c', message: 'm' }), { subject: 'x', is: 'fine', code: 'c', message: 'm' });
});
