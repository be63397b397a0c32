// The format of spool segments: every length and every flipped byte, and the records found in the rest.

import t from 'tap';
import { crc32c } from '../../../../plugins/store/spool/crc32c.ts';
import { decodeFooter, encodeFooter } from '../../../../plugins/store/spool/format.ts';
import { type Files, memoryDisk } from '../../../support/memory-disk.ts';
import { keysIn, numbered, openMemory, put } from '../../../support/spools.ts';

const SEGMENT = '000000000001.seg';

/** Five frames of two cameras in one segment: whole, or as a crash leaves it. */
async function written(sealed: boolean): Promise<{ files: Files; bytes: Buffer; keys: string[]; starts: number[] }> {
  const disk = memoryDisk();
  const { spool } = await openMemory(disk);
  const starts: number[] = [];
  const keys: string[] = [];
  for (let number = 0; number < 5; number++) {
    const frame = numbered(number % 2 === 0 ? 'a' : 'b', number, 24);
    starts.push(spool.journal.active?.end ?? 36);
    await put(spool, frame);
    keys.push(frame.key);
  }
  starts.push(spool.journal.active?.end ?? 0);
  if (sealed) await spool.close();
  const files = disk.files();
  return { files, bytes: files.get(SEGMENT) ?? Buffer.alloc(0), keys, starts };
}

const withSegment = (bytes: Buffer): Files => new Map([[SEGMENT, bytes]]);

t.test('CRC-32C has the values of RFC 3720 §B.4', async (t) => {
  t.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  t.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  t.equal(crc32c(Buffer.from([...Array(32).keys()])), 0x46dd794e);
  t.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  t.equal(crc32c(Buffer.from('6789'), crc32c(Buffer.from('12345'))), 0xe3069283);
});

t.test('a footer belongs to its segment', async (t) => {
  const marker = Buffer.from('marker 1');
  const footer = encodeFooter({ marker, records: 7, newest: 12.5 });

  t.match(decodeFooter(footer, marker), { records: 7, newest: 12.5 });
  t.equal(decodeFooter(footer, Buffer.from('marker 2')), undefined);
});

for (const sealed of [true, false]) {
  const how = sealed ? 'sealed' : 'left by a crash';
  t.test(
    `a segment ${how}, cut at every length: every whole record is delivered, the rest is in quarantine`,
    async (t) => {
      const { bytes, keys, starts } = await written(sealed);
      const wrong: string[] = [];

      for (let length = 0; length <= bytes.length; length++) {
        const found = await keysIn(withSegment(bytes.subarray(0, length)));
        const whole = keys.filter((_key, index) => (starts[index + 1] ?? 0) <= length);

        if (found.keys.join() !== whole.join()) wrong.push(`cut at ${length}: ${found.keys}`);
        const torn = length - Math.max(36, ...starts.filter((start) => start <= length));
        const isFooter = length === bytes.length && sealed;
        const kept = [...found.quarantine.files().values()].reduce((sum, part) => sum + part.length, 0);
        if (length > 36 && !isFooter && kept !== torn) wrong.push(`cut at ${length}: ${kept} bytes in quarantine`);
      }

      t.same(wrong, []);
    },
  );

  t.test(
    `a segment ${how}, with every byte flipped in turn: no crash, and all but the flipped record is delivered`,
    async (t) => {
      const { bytes, keys, starts } = await written(sealed);
      const wrong: string[] = [];

      for (let at = 0; at < bytes.length; at++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ 0xff;
        const found = await keysIn(withSegment(flipped));
        const hit = starts.findIndex((start, index) => start <= at && at < (starts[index + 1] ?? 0));
        const expected = keys.filter((_key, index) => index !== hit);

        if (found.keys.join() !== expected.join()) wrong.push(`byte ${at}: ${found.keys}`);
        if (hit >= 0 && found.damage.length !== 1) wrong.push(`byte ${at}: named ${found.damage.length} times`);
      }

      t.same(wrong, []);
    },
  );
}

t.test(
  'positions with every byte flipped, and cut at every length: nothing is lost, at most something comes again',
  async (t) => {
    const disk = memoryDisk();
    const { spool } = await openMemory(disk);
    for (let number = 0; number < 4; number++) await put(spool, numbered('a', number));
    for (let times = 0; times < 2; times++) {
      const entry = spool.backlog.next(() => true);
      if (entry) await spool.done(entry);
    }
    const files = disk.files();
    const acks = files.get('000000000001.ack') ?? Buffer.alloc(0);
    t.same((await keysIn(files)).keys, ['a-2', 'a-3']);

    const check = async (changed: Buffer, what: string): Promise<void> => {
      const { keys } = await keysIn(new Map([...files, ['000000000001.ack', changed]]));
      if (!keys.includes('a-2') || !keys.includes('a-3')) t.fail(`${what}: ${keys}`);
    };
    for (let at = 0; at < acks.length; at++) {
      const flipped = Buffer.from(acks);
      flipped[at] = (flipped[at] ?? 0) ^ 0xff;
      await check(flipped, `byte ${at}`);
      await check(acks.subarray(0, at), `cut at ${at}`);
    }
  },
);

t.test('a damaged part is reported once, also over a restart of camd', async (t) => {
  const { bytes, starts } = await written(true);
  const flipped = Buffer.from(bytes);
  const at = (starts[1] ?? 0) + 3;
  flipped[at] = (flipped[at] ?? 0) ^ 0xff;
  const disk = memoryDisk({ files: withSegment(flipped) });

  const first = await openMemory(disk);
  await first.spool.indexed();
  await first.spool.close();
  const second = await openMemory(disk);
  await second.spool.indexed();

  t.match(first.damage, [{ segment: SEGMENT, offset: starts[1], bytes: (starts[2] ?? 0) - (starts[1] ?? 0) }]);
  t.same(second.damage, []);
});

t.test('a picture that contains a record of an older spool does not pass for one', async (t) => {
  const { bytes } = await written(true);
  const disk = memoryDisk();
  const { spool } = await openMemory(disk);
  const frame = { ...numbered('outer', 1), data: Buffer.concat([Buffer.from('outer 1 '), bytes]) };
  await put(spool, { ...frame, meta: { number: 1 } });
  await put(spool, numbered('outer', 2));
  const file = Buffer.from(disk.files().get(SEGMENT) ?? Buffer.alloc(0));
  // The length of the outer record is damaged: now its inside is searched.
  file[36 + 12] = (file[36 + 12] ?? 0) ^ 0xff;

  const found = await keysIn(withSegment(file));

  t.same(found.keys, ['outer-2']);
});
