// Cases for every parser: whole pictures in separate buffers, regardless of the chunking, and no pictures from noise.

import assert from 'node:assert/strict';
import { HEADROOM, TAILROOM } from '../../core/contract/frame.ts';
import type { ParserContext, ParserPlugin } from '../../core/contract/plugin.ts';
import { random } from '../jpeg.ts';
import { everyByte, parse } from '../parse.ts';
import type { Case } from './case.ts';

export interface ParserCase<Options> {
  readonly options: Options;
  /** Options with a limit below the size of all `pictures`. */
  readonly limited: Options;
  /** Whole JPEGs or PNGs. */
  readonly pictures: readonly Buffer[];
  /** A picture as input for the parser. */
  message(picture: Buffer): Buffer;
  readonly context?: ParserContext;
}

export function parserCases<Options>(
  plugin: ParserPlugin<Options>,
  given: ParserCase<Options>,
): readonly Case<unknown>[] {
  const { options, limited, pictures, context = {} } = given;
  const run = (bytes: Buffer, cuts: readonly number[] = [], chosen = options) =>
    parse(plugin, chosen, bytes, cuts, context);

  return [
    {
      title: 'a picture is emitted once, whole and byte-identical, regardless of the chunking',
      async run() {
        for (const picture of pictures) {
          const message = given.message(picture);
          for (const cuts of [[], [Math.floor(message.length / 2)], everyByte(message)]) {
            const { images, skipped } = run(message, cuts);
            assert.equal(images.length, 1);
            assert.ok(images[0]?.data.equals(picture));
            assert.deepEqual(skipped, []);
          }
        }
      },
    },

    {
      title: 'each picture has a separate buffer that the parser does not use again',
      async run() {
        const [first = Buffer.alloc(0), second = first] = pictures;
        const taken: Buffer[] = [];
        const parser = plugin.create(options, { image: ({ data }) => taken.push(data), skipped() {} }, context);

        for (const picture of [first, second, first]) {
          parser.push(given.message(picture));
          parser.end();
        }

        assert.equal(taken.length, 3, 'the parser works again after the end of a message');
        assert.equal(new Set(taken.map(({ buffer }) => buffer)).size, 3);
        assert.ok(taken[0]?.equals(first) && taken[1]?.equals(second) && taken[2]?.equals(first));
      },
    },

    {
      title: 'a picture with hasHeadroom has space for framing before and after it',
      async run() {
        for (const picture of pictures) {
          for (const { hasHeadroom, data } of run(given.message(picture)).images) {
            assert.ok(hasHeadroom && data.byteOffset >= HEADROOM);
            assert.ok(data.buffer.byteLength - data.byteOffset - data.length >= TAILROOM);
          }
        }
      },
    },

    {
      title: 'a picture that is too large is skipped with a reason',
      async run() {
        for (const picture of pictures) {
          const { images, skipped } = run(given.message(picture), [], limited);
          assert.deepEqual(images, []);
          assert.ok(skipped.some(({ reason }) => reason === 'over max_frame'));
        }
      },
    },

    {
      title: 'a truncated message gives no picture and is counted',
      async run() {
        for (const picture of pictures) {
          const whole = given.message(picture);
          const { images, skipped } = run(whole.subarray(0, -10));
          assert.deepEqual(images, []);
          assert.ok(skipped.length > 0);
        }
      },
    },

    {
      title: 'noise neither throws nor gives a picture',
      async run() {
        const next = random(7);
        for (let length = 0; length < 300; length++) {
          const noise = Buffer.from(Array.from({ length }, () => Math.floor(next() * 256)));
          assert.deepEqual(run(noise, [Math.floor(length / 3)]).images, []);
        }
      },
    },
  ];
}
