// The contract test of every parser.

import type { Test } from 'tap';
import { HEADROOM, TAILROOM } from '../../core/contract/frame.ts';
import type { ParserContext, ParserPlugin } from '../../core/contract/plugin.ts';
import { random } from '../support/jpeg.ts';
import { everyByte, parse } from '../support/parsing.ts';

export interface ParserCase<Options> {
  readonly options: Options;
  /** Options under which none of `pictures` is small enough. */
  readonly limited: Options;
  /** Whole JPEGs or PNGs. */
  readonly pictures: readonly Buffer[];
  /** A picture as the parser expects to get it. */
  message(picture: Buffer): Buffer;
  readonly context?: ParserContext;
}

export function parserConformance<Options>(t: Test, plugin: ParserPlugin<Options>, given: ParserCase<Options>): void {
  const { options, limited, pictures, context = {} } = given;
  const run = (bytes: Buffer, cuts: readonly number[] = [], chosen = options) =>
    parse(plugin, chosen, bytes, cuts, context);

  t.test('conformance: a picture comes out once, whole and byte-identical, however it is cut', async (t) => {
    for (const picture of pictures) {
      const message = given.message(picture);
      for (const cuts of [[], [Math.floor(message.length / 2)], everyByte(message)]) {
        const { images, skipped } = run(message, cuts);
        t.equal(images.length, 1);
        t.ok(images[0]?.data.equals(picture));
        t.same(skipped, []);
      }
    }
  });

  t.test('conformance: a picture lies in a buffer of its own that the parser does not use again', async (t) => {
    const [first = Buffer.alloc(0), second = first] = pictures;
    const taken: Buffer[] = [];
    const parser = plugin.create(options, { image: ({ data }) => taken.push(data), skipped() {} }, context);

    for (const picture of [first, second, first]) {
      parser.push(given.message(picture));
      parser.end();
    }

    t.equal(taken.length, 3, 'the parser works again after the end of a message');
    t.equal(new Set(taken.map(({ buffer }) => buffer)).size, 3);
    t.ok(taken[0]?.equals(first) && taken[1]?.equals(second) && taken[2]?.equals(first));
  });

  t.test('conformance: what is called hasHeadroom has room for framing before and behind it', async (t) => {
    for (const picture of pictures) {
      for (const { hasHeadroom, data } of run(given.message(picture)).images) {
        t.ok(hasHeadroom && data.byteOffset >= HEADROOM);
        t.ok(data.buffer.byteLength - data.byteOffset - data.length >= TAILROOM);
      }
    }
  });

  t.test('conformance: a picture that is too large is skipped with a reason', async (t) => {
    for (const picture of pictures) {
      const { images, skipped } = run(given.message(picture), [], limited);
      t.same(images, []);
      t.ok(skipped.some(({ reason }) => reason === 'over max_frame'));
    }
  });

  t.test('conformance: a message cut short gives no picture and is counted', async (t) => {
    for (const picture of pictures) {
      const whole = given.message(picture);
      const { images, skipped } = run(whole.subarray(0, -10));
      t.same(images, []);
      t.ok(skipped.length > 0);
    }
  });

  t.test('conformance: noise neither throws nor gives a picture', async (t) => {
    const next = random(7);
    for (let length = 0; length < 300; length++) {
      const noise = Buffer.from(Array.from({ length }, () => Math.floor(next() * 256)));
      t.same(run(noise, [Math.floor(length / 3)]).images, []);
    }
  });
}
