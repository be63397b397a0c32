// Parts of the doctor that read system text: socket tables, camera lists, limits, kernel settings, the clock.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { wrap } from '../../../../plugins/command/doctor/wrap.ts';
import { examineClock } from '../../../../plugins/kit/doctor/clock.ts';
import { examineKernel, examineLimits } from '../../../../plugins/kit/doctor/kernel.ts';
import { examineUser } from '../../../../plugins/kit/doctor/user.ts';
import { quoted } from '../../../../plugins/kit/examine/connection.ts';
import { examineFolder, LEAST_FREE } from '../../../../plugins/kit/examine/folder.ts';
import { parsePiCameras } from '../../../../plugins/kit/examine/pi-cameras.ts';
import { nextFree, parseListening, takersOf } from '../../../../plugins/kit/examine/ports.ts';
import { folderWith } from '../../../support/cli.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
   2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 4713 1 0000000000000000 20 4 30 10 -1
`;
const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5001 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5002 1 0000000000000000 100 0 0 10 0
`;

t.test('only listening sockets are read from the tables of the kernel', (t) => {
  t.same(parseListening(TABLE), [
    { host: '127.0.0.1', port: 8080, inode: '4711' },
    { host: '*', port: 22, inode: '4712' },
  ]);
  t.same(parseListening(TABLE6), [
    { host: '::1', port: 80, inode: '5001' },
    { host: '127.0.0.1', port: 81, inode: '5002' },
  ]);
  t.end();
});

t.test('an address conflicts with itself and with the wildcard address; the next free port is found', (t) => {
  const all = parseListening(TABLE);

  t.equal(takersOf('127.0.0.1', 8080, all).length, 1);
  t.equal(takersOf('192.168.1.2', 8080, all).length, 0);
  t.equal(takersOf('*', 8080, all).length, 1);
  t.equal(takersOf('192.168.1.2', 22, all).length, 1);
  t.equal(nextFree('*', 8080, all), 8081);
  t.end();
});

// Output of rpicam-hello 1.5 on a Raspberry Pi 5 with two cameras.
const TWO = `Available cameras
-----------------
0 : imx708_wide [4608x2592 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]
                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]

1 : ov5647 [2592x1944 10-bit GBRG] (/base/axi/pcie@120000/rp1/i2c@80000/ov5647@36)
    Modes: 'SGBRG10_CSI2P' : 640x480 [58.92 fps - (16, 0)/2560x1920 crop]
                             1296x972 [43.25 fps - (0, 0)/2592x1944 crop]
`;

t.test('the cameras of a Raspberry Pi are read with their sizes; an empty list has none', (t) => {
  t.same(parsePiCameras(TWO), [
    { index: 0, sensor: 'imx708_wide', sizes: ['1536x864', '2304x1296', '4608x2592'] },
    { index: 1, sensor: 'ov5647', sizes: ['640x480', '1296x972'] },
  ]);
  t.same(parsePiCameras('No cameras available!\n'), []);
  t.end();
});

t.test('few open files are a warning, very few are wrong', (t) => {
  const limits = (hard: string) =>
    `Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 ${hard}               files     \n`;
  const is = (hard: string) => [...examineLimits(limits(hard))].map((finding) => finding.is);

  t.same([is('64'), is('1024'), is('524288'), is('unlimited')], [['wrong'], ['warning'], ['fine'], ['fine']]);
  t.same([...examineLimits('')], []);
  t.end();
});

t.test('kernel settings are compared with those of the package, and a hidden one is left to the host', (t) => {
  const folder = folderWith(t, { '60.conf': '# net.a = 1\nnet.ipv4.tcp_notsent_lowat = 131072\nnet.hidden = 1\n' });
  const file = join(folder, '60.conf');
  mkdirSync(join(folder, 'sys/net/ipv4'), { recursive: true });
  const now = (value: string) => {
    writeFileSync(join(folder, 'sys/net/ipv4/tcp_notsent_lowat'), `${value}\n`);
    return [...examineKernel([file], join(folder, 'sys'))];
  };

  t.match(now('4294967295'), [{ is: 'warning', code: 'kernel-setting', fix: `sudo sysctl --load=${file}` }]);
  t.match(now('131072'), [{ is: 'fine' }]);
  t.end();
});

t.test('a clock that is years off is wrong', async (t) => {
  const first = async (date: string) => {
    for await (const finding of examineClock(new Date(date), new AbortController().signal)) return finding;
    return undefined;
  };

  t.match(await first('1970-01-01T00:00:09Z'), {
    is: 'wrong',
    code: 'clock-off',
    fix: 'sudo timedatectl set-ntp true',
  });
  t.match(await first('2126-01-01T00:00:00Z'), { is: 'wrong' });
  t.match(await first('2027-01-01T00:00:00Z'), { code: /^clock(-unsynchronised)?$/, message: /2027-01-01T00:00:00Z/ });
});

t.test('root is advised to run the doctor as the user of the service', (t) => {
  t.same([...examineUser('p.yaml', 1000)], []);
  t.match(
    [...examineUser('a b.yaml', 0, 'root:x:0:0::/root:/bin/sh\ncamd:x:998:998::/:/bin/false\n')],
    [{ fix: "sudo -u camd camd doctor 'a b.yaml'" }],
  );
  t.notOk([...examineUser('p.yaml', 0, '')][0]?.fix);
  t.end();
});

t.test('a folder is checked on its disk: a file in its place, no space, a folder that does not exist yet', (t) => {
  const folder = folderWith(t, { file: '' });
  const examine = (more: object) => [...examineFolder({ option: 'path', path: folder, ...more })][0];

  t.match(examine({ path: join(folder, 'file') }), { is: 'wrong', code: 'not-a-folder' });
  t.match(examine({ path: join(folder, 'new/er'), readOnly: true }), {
    is: 'wrong',
    code: 'missing-folder',
    fix: /^sudo install -d -o /,
  });
  t.match(examine({ path: join(folder, 'new/er') }), { is: 'fine' });
  t.match(examine({ minFree: Number.MAX_SAFE_INTEGER }), { is: 'wrong', code: 'disk-full', fix: /^df -h / });
  t.ok(LEAST_FREE > 0);
  t.end();
});

t.test('text is broken at spaces, and words are quoted for a shell', (t) => {
  t.same(wrap('one two three', 8), ['one two', 'three']);
  t.same(wrap('a-word-that-is-long b', 5), ['a-word-that-is-long', 'b']);
  t.equal(quoted('/var/lib/camd'), '/var/lib/camd');
  t.equal(quoted("it's"), "'it'\\''s'");
  t.end();
});
