// The frames of a WebSocket client: every chunking, control frames in between, and every protocol violation.

import t from 'tap';
import { createFrameReader, OPCODE } from '../../../../plugins/kit/websocket/frame-reader.ts';
import { random } from '../../../support/jpeg.ts';

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);

function frame(opcode: number, payload: Buffer, { fin = true, masked = true, reserved = 0 } = {}): Buffer {
  const { length } = payload;
  const size = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + size);
  head[0] = (fin ? 0x80 : 0) | reserved | opcode;
  head[1] = (masked ? 0x80 : 0) | (size === 0 ? length : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(length, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, ...(masked ? [MASK] : []), payload.map((byte, at) => byte ^ (MASK[at & 3] ?? 0))]);
}

function read(bytes: Buffer, cuts: readonly number[]) {
  const messages: Buffer[] = [];
  const events: string[] = [];
  let message: Buffer[] = [];
  const reader = createFrameReader({
    data(chunk, last) {
      message.push(Buffer.from(chunk));
      if (!last) return;
      messages.push(Buffer.concat(message));
      message = [];
    },
    text: () => void events.push('text'),
    control: (opcode, payload) => void events.push(`${opcode} ${payload.toString()}`),
    violation: (reason) => void events.push(reason),
  });
  [...cuts, bytes.length].reduce((from, to) => {
    reader.push(Buffer.from(bytes.subarray(from, to)));
    return to;
  }, 0);
  return { messages, events };
}

t.test('messages with every length format, in fragments with pings between them, are read in any chunking', (t) => {
  const next = random(3);
  const big = Buffer.from(Array.from({ length: 70_000 }, () => Math.floor(next() * 256)));
  const bytes = Buffer.concat([
    frame(OPCODE.binary, big),
    frame(OPCODE.binary, big.subarray(0, 300), { fin: false }),
    frame(OPCODE.ping, Buffer.from('are you there')),
    frame(OPCODE.continuation, Buffer.alloc(0), { fin: false }),
    frame(OPCODE.continuation, big.subarray(300, 400)),
    frame(OPCODE.pong, Buffer.alloc(0)),
    frame(OPCODE.binary, Buffer.alloc(0)),
    frame(OPCODE.binary, big.subarray(0, 125)),
  ]);
  const wanted = [big, big.subarray(0, 400), Buffer.alloc(0), big.subarray(0, 125)];

  const tails = Array.from({ length: 620 }, (_, at) => [bytes.length - 620 + at]);
  for (const cuts of [[], ...tails, Array.from({ length: bytes.length - 1 }, (_, at) => at + 1)]) {
    const { messages, events } = read(bytes, cuts);
    if (!messages.every((message, at) => wanted[at] && message.equals(wanted[at])) || messages.length !== 4) {
      t.fail(`cut at ${cuts.length > 1 ? 'every byte' : cuts[0]}`);
    }
    if (events.join() !== '9 are you there,10 ') t.fail(events.join());
  }
  t.end();
});

t.test('a protocol violation stops the reader at that frame', (t) => {
  const long = Buffer.concat([Buffer.from([0x82, 0xff, 0xff]), Buffer.alloc(20, 0xff)]);
  const CASES: readonly (readonly [string, Buffer, RegExp])[] = [
    ['no mask', frame(OPCODE.binary, Buffer.from('x'), { masked: false }), /not masked/],
    ['a reserved bit, as compression sets it', frame(OPCODE.binary, Buffer.from('x'), { reserved: 0x40 }), /reserved/],
    ['an opcode that does not exist', frame(3, Buffer.from('x')), /opcode/],
    ['a control opcode that does not exist', frame(11, Buffer.from('x')), /control/],
    ['a ping in fragments', frame(OPCODE.ping, Buffer.from('x'), { fin: false }), /control/],
    ['a ping of 126 bytes', frame(OPCODE.ping, Buffer.alloc(126)), /control/],
    ['a continuation of nothing', frame(OPCODE.continuation, Buffer.from('x')), /out of turn/],
    [
      'a message inside another',
      Buffer.concat([frame(OPCODE.binary, Buffer.from('x'), { fin: false }), frame(OPCODE.binary, Buffer.from('y'))]),
      /out of turn/,
    ],
    ['a length of 2^64 - 1', long, /too long/],
  ];

  for (const [name, bytes, reason] of CASES) {
    const after = frame(OPCODE.binary, Buffer.from('after'));
    const { messages, events } = read(Buffer.concat([bytes, after]), []);
    t.match(events.at(-1), reason, name);
    t.notOk(
      messages.some((message) => message.toString() === 'after'),
      'reading stops after it',
    );
  }
  t.match(read(frame(OPCODE.text, Buffer.from('x')), []).events, ['text']);
  t.end();
});

t.test('noise never throws', (t) => {
  const next = random(9);
  for (let round = 0; round < 20_000; round++) {
    const noise = Buffer.from(Array.from({ length: 1 + Math.floor(next() * 60) }, () => Math.floor(next() * 256)));
    read(noise, [Math.floor(next() * noise.length)]);
  }
  t.end();
});

/** All events of a reader, byte for byte, in order. */
function journal(...chunks: readonly Buffer[]): string[] {
  const events: string[] = [];
  const reader = createFrameReader({
    data: (bytes, last) => void events.push(`data ${bytes.toString()}${last ? ' last' : ''}`),
    text: () => void events.push('text'),
    control: (opcode, payload) => void events.push(`control ${opcode} ${payload.toString()}`),
    violation: (reason) => void events.push(reason),
  });
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return events;
}

t.test('bytes are passed on as they arrive, and a message ends once', (t) => {
  const whole = frame(OPCODE.binary, Buffer.from('abcdef'));

  t.same(journal(whole), ['data abcdef last']);
  t.same(journal(whole.subarray(0, 8), whole.subarray(8)), ['data ab', 'data cdef last']);
  t.same(
    journal(frame(OPCODE.binary, Buffer.from('ab'), { fin: false }), frame(OPCODE.continuation, Buffer.from('c'))),
    ['data ab', 'data c last'],
  );
  t.same(journal(frame(OPCODE.binary, Buffer.alloc(0))), ['data  last']);
  t.same(journal(frame(OPCODE.text, Buffer.from('hi'))), ['text', 'data hi last']);
  const ping = frame(OPCODE.ping, Buffer.from('12345'));
  t.same(journal(ping.subarray(0, 7), ping.subarray(7, 9), ping.subarray(9), whole), [
    'control 9 12345',
    'data abcdef last',
  ]);
  t.same(journal(frame(OPCODE.close, Buffer.alloc(125, 'x'))), [`control 8 ${'x'.repeat(125)}`]);
  t.end();
});

t.test('a length may use up to 53 bits, as in a safe integer', (t) => {
  const announcing = (length: bigint): Buffer => {
    const head = Buffer.from([0x82, 0xff, ...Buffer.alloc(8), ...MASK]);
    head.writeBigUInt64BE(length, 2);
    return Buffer.concat([head, Buffer.from([0x12])]);
  };

  t.same(journal(announcing(2n ** 53n - 1n)), ['data \0']);
  t.same(journal(announcing(2n ** 53n)), ['the frame is too long']);
  t.end();
});

t.test('a stopped reader reads no more, also when its own event stops it', (t) => {
  const seen: string[] = [];
  const reader = createFrameReader({
    data: (bytes) => void seen.push(bytes.toString()),
    text() {
      seen.push('text');
      reader.stop();
    },
    control: () => {},
    violation: (reason) => void seen.push(reason),
  });
  reader.push(Buffer.concat([frame(OPCODE.binary, Buffer.from('a')), frame(OPCODE.text, Buffer.from('b'))]));
  reader.push(frame(OPCODE.binary, Buffer.from('c')));

  t.same(seen, ['a', 'text']);
  t.end();
});
