// The lengths of MQTT packets, at the bounds of each number of bytes (MQTT 3.1.1 §2.2.3, table 2.4).

import t from 'tap';
import { packetLimit } from '../../../../plugins/kit/mqtt/packet-limit.ts';
import { createRemainingLength, MALFORMED, UNFINISHED } from '../../../../plugins/kit/mqtt/remaining-length.ts';

t.test('a length is read from one to four bytes, independently of the previous one', (t) => {
  const cases: readonly (readonly [readonly number[], number])[] = [
    [[0], 0],
    [[0x7f], 127],
    [[0x80, 0x01], 128],
    [[0xff, 0x7f], 16_383],
    [[0x80, 0x80, 0x01], 16_384],
    [[0xff, 0xff, 0x7f], 2_097_151],
    [[0x80, 0x80, 0x80, 0x01], 2_097_152],
    [[0xff, 0xff, 0xff, 0x7f], 268_435_455],
  ];
  const remaining = createRemainingLength();
  for (const [bytes, length] of cases) {
    const answers = bytes.map(remaining.take);
    t.same(answers, [...bytes.slice(1).map(() => UNFINISHED), length]);
    t.equal(remaining.size(), bytes.length);
  }
  t.same([0x80, 0x80, 0x80, 0x80].map(createRemainingLength().take), [UNFINISHED, UNFINISHED, UNFINISHED, MALFORMED]);
  t.end();
});

t.test('the limit applies to the whole packet, its header included', (t) => {
  const packet = (size: number): Buffer => Buffer.concat([Buffer.from([0x30, size]), Buffer.alloc(size)]);
  const long = Buffer.concat([Buffer.from([0x30, 0x80, 0x01]), Buffer.alloc(128)]);

  t.equal(packetLimit(12)(packet(10)), 'fine');
  t.equal(packetLimit(11)(packet(10)), 'too-large');
  t.equal(packetLimit(131)(long), 'fine');
  t.equal(packetLimit(130)(long), 'too-large');
  t.equal(packetLimit(2)(Buffer.from([0xc0, 0, 0xc0, 0])), 'fine', 'packets without a body');
  const check = packetLimit(12);
  t.equal(check(packet(10).subarray(0, 1)), 'fine');
  t.equal(check(packet(10).subarray(1, 5)), 'fine');
  t.equal(check(Buffer.concat([packet(10).subarray(5), packet(11)])), 'too-large', 'a packet follows another');
  t.equal(packetLimit(12)(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80])), 'malformed');
  t.end();
});
