// The collector of a picture's bytes: no byte is lost as it grows, and no picture retains much more memory than it needs.

import t from 'tap';
import { HEADROOM, TAILROOM } from '../../../../core/contract/frame.ts';
import { createCollector, headroomGuess } from '../../../../plugins/kit/image/collector.ts';

const KB = 1024;
const bytes = (length: number, from = 0): Buffer =>
  Buffer.from(Array.from({ length }, (_, index) => (from + index) % 251));
/** Bytes that a picture retains besides its data and its headroom. */
const spare = (picture: Buffer): number => picture.buffer.byteLength - picture.length - HEADROOM - TAILROOM;

t.test('parts of chunks are joined, with headroom before them', (t) => {
  const collector = createCollector();

  collector.append(bytes(10), 0, 10);
  collector.append(bytes(10), 4, 7);
  collector.append(bytes(10), 5, 5);
  collector.append(bytes(10), 6, 5);

  t.equal(collector.length, 13);
  t.same([...collector.peek()], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 5, 6]);
  collector.drop(2);
  t.equal(collector.length, 11);
  collector.append(bytes(3, 100), 1, 3);
  const picture = collector.take();
  t.same([...picture], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 101, 102]);
  t.equal(picture.byteOffset, HEADROOM);
  t.equal(collector.length, 0);
  collector.drop(1);
  t.equal(collector.length, 0);
  t.equal(collector.take().length, 0);
  t.end();
});

t.test('a picture much larger than expected is complete', (t) => {
  const collector = createCollector(100);
  const whole = bytes(300 * KB);
  for (let at = 0; at < whole.length; at += 7000) collector.append(whole, at, Math.min(whole.length, at + 7000));

  t.ok(collector.peek().equals(whole));
  t.ok(collector.take().equals(whole));
  t.end();
});

t.test('a picture and the next one have separate memory', (t) => {
  const collector = createCollector();
  collector.append(bytes(100), 0, 100);
  const first = collector.take();
  collector.append(bytes(100, 50), 0, 100);

  t.ok(first.equals(bytes(100)));
  t.ok(collector.take().equals(bytes(100, 50)));
  t.end();
});

t.test('the buffer for the next picture is an eighth larger than the last picture', (t) => {
  t.equal(headroomGuess(80 * KB), 90 * KB);
  t.equal(headroomGuess(1), 16 * KB);
  const collector = createCollector();
  collector.append(bytes(80 * KB), 0, 80 * KB);
  collector.take();

  collector.append(bytes(81 * KB), 0, KB);

  collector.append(bytes(81 * KB), KB, 81 * KB);
  t.equal(spare(collector.take()), 9 * KB);
  t.end();
});

t.test('a buffer at least doubles when it grows, so that a picture is not copied repeatedly', (t) => {
  const collector = createCollector(40 * KB);
  collector.append(bytes(40 * KB), 0, 40 * KB);
  const before = collector.peek().buffer;
  t.equal(before.byteLength, 40 * KB + HEADROOM + TAILROOM);

  collector.append(bytes(1), 0, 1);

  t.equal(collector.peek().buffer.byteLength, 80 * KB + HEADROOM + TAILROOM);
  collector.append(bytes(40 * KB), 0, 40 * KB - 1);
  t.equal(spare(collector.take()), 0);
  t.end();
});

t.test('a small picture does not retain the buffer of a large one', (t) => {
  const taken = (length: number): number => {
    const collector = createCollector(100 * KB);
    collector.append(bytes(length), 0, length);
    const picture = collector.take();
    t.ok(picture.equals(bytes(length)));
    return spare(picture);
  };

  t.equal(taken(42 * KB), 58 * KB, 'up to its double and 16 KiB may be spare');
  t.equal(taken(42 * KB - 1), 0);
  t.end();
});

t.test('a cleared collector keeps its buffer, unless it has become far too large', (t) => {
  const collector = createCollector(20 * KB);
  collector.append(bytes(10), 0, 10);
  const { buffer } = collector.peek();
  collector.clear();
  t.equal(collector.length, 0);
  collector.append(bytes(5), 0, 5);
  t.equal(collector.peek().buffer, buffer);

  collector.append(bytes(60 * KB), 0, 60 * KB);
  const large = collector.peek().buffer;
  collector.clear();
  collector.append(bytes(5), 0, 5);
  t.not(collector.peek().buffer, large);
  t.ok(collector.peek().equals(bytes(5)));
  t.end();
});

t.test('a known size is reserved at once, and a buffer that is large enough is kept', (t) => {
  const collector = createCollector();
  collector.expect(50 * KB);
  collector.append(bytes(1), 0, 1);
  const { buffer } = collector.peek();
  t.equal(buffer.byteLength, 50 * KB + HEADROOM + TAILROOM);

  collector.expect(90 * KB);
  t.equal(collector.peek().buffer, buffer, 'existing bytes stay in place');
  collector.clear();
  collector.expect(50 * KB);
  t.equal(collector.peek().buffer, buffer);
  collector.expect(50 * KB + 1);
  collector.append(bytes(1), 0, 1);
  t.equal(collector.peek().buffer.byteLength, 50 * KB + 1 + HEADROOM + TAILROOM);
  const empty = createCollector();
  empty.expect(0);
  t.equal(empty.take().length, 0);
  t.end();
});
