// The picture in one response: found while bytes arrive, or at their end, and again if that end was too early.

import t from 'tap';
import type { ParserContext, ParserPlugin, ParserSink } from '../../../../core/contract/plugin.ts';
import { createOddities } from '../../../../plugins/kit/camera/oddities.ts';
import { createShot } from '../../../../plugins/kit/camera/shot.ts';
import image from '../../../../plugins/parse/image.ts';
import mjpeg from '../../../../plugins/parse/mjpeg.ts';

import { sampleJpeg } from '../../../support/jpeg.ts';

const jpeg = sampleJpeg();
const options = { max_frame: 1 << 20 };

function shooting(plugin: ParserPlugin<typeof options>, max = 1 << 20, contentType?: string) {
  const counts: unknown[] = [];
  const odd: string[] = [];
  const contexts: ParserContext[] = [];
  const node = {
    metrics: { count: (name: string, by: number) => void counts.push([name, by]) },
    parser(sink: ParserSink, context: ParserContext) {
      contexts.push(context);
      return plugin.create(options, sink, context);
    },
  };
  const shot = createShot(node as never, max, contentType, (code) => odd.push(code));
  return { shot, counts, odd, contexts };
}

t.test('a picture in a stream is complete with its last byte', (t) => {
  const { shot, counts, contexts } = shooting(mjpeg, 1 << 20, 'multipart/x');
  t.equal(shot.push(jpeg.subarray(0, 100)), false);
  t.equal(shot.picture, undefined);
  t.equal(shot.push(jpeg.subarray(100)), true);
  t.ok(shot.picture?.data.equals(jpeg));
  t.equal(shot.bytes, jpeg.length);
  const first = shot.picture;
  t.equal(shot.push(sampleJpeg({ seed: 2 })), true);
  t.equal(shot.end(), first, 'the first counts');
  t.equal(shot.bytes, jpeg.length);
  t.same(counts, []);
  t.same(contexts, [{ contentType: 'multipart/x' }]);
  t.end();
});

t.test('a picture that is only found at the end of the body', (t) => {
  const { shot, counts, contexts } = shooting(image);
  t.equal(shot.push(jpeg), false);
  t.equal(shot.picture, undefined);
  t.ok(shot.end()?.data.equals(jpeg));
  t.ok(shot.picture);
  t.same(counts, []);
  t.same(contexts, [{}]);
  t.end();
});

t.test('a body without a picture has a reason, and its bytes are counted', (t) => {
  const { shot, counts } = shooting(image);
  shot.push(Buffer.from('GIF89a'));
  t.equal(shot.reason, undefined);
  t.equal(shot.end(), undefined);
  t.equal(shot.reason, 'neither JPEG nor PNG');
  t.same(counts, [['skipped_bytes_total', 6]]);
  t.end();
});

t.test('a body that continues after its end is read again from its beginning', (t) => {
  const { shot, counts, contexts, odd } = shooting(image);
  shot.push(jpeg.subarray(0, 300));
  t.equal(shot.end(), undefined);
  t.equal(shot.reason, 'truncated');
  t.equal(shot.push(jpeg.subarray(300, -2)), false);
  t.ok(shot.end()?.data.equals(jpeg));
  t.equal(shot.reason, undefined);
  t.same(counts, [['skipped_bytes_total', 300]]);
  t.equal(contexts.length, 2);
  t.same(odd, ['no_end']);
  t.end();
});

t.test('bytes beyond the limit are not kept', (t) => {
  const { shot } = shooting(image, jpeg.length);
  t.equal(shot.push(jpeg.subarray(0, -1)), false);
  t.equal(shot.push(jpeg.subarray(-1)), false);
  t.equal(shot.isOver, false);
  t.ok(shot.end());

  const over = shooting(image, jpeg.length - 1).shot;
  t.equal(over.push(jpeg), true);
  t.equal(over.isOver, true);
  t.equal(over.push(jpeg), true);
  t.equal(over.bytes, jpeg.length, 'later bytes are not counted');
  t.equal(over.end(), undefined);

  const late = shooting(image, jpeg.length).shot;
  late.push(jpeg.subarray(0, 300));
  late.end();
  t.equal(late.push(jpeg.subarray(300)), false);
  t.equal(late.push(Buffer.from('x')), true);
  t.equal(late.isOver, true);
  t.equal(late.end(), undefined);
  t.end();
});

t.test('a source without a parser is a mistake of the program', (t) => {
  t.throws(() => createShot({ metrics: {} } as never, 5, undefined, () => {}), { blame: 'bug', code: 'no-parser' });
  t.end();
});

t.test('an oddity is counted each time and logged once; unknown ones share one name', (t) => {
  const lines: unknown[] = [];
  const counts: string[] = [];
  const odd = createOddities({
    log: { info: (_: string, fields?: object) => void lines.push(fields) },
    metrics: { count: (name: string) => void counts.push(name) },
  });
  for (const code of ['line_ends', 'line_ends', 'toString', 'strange']) odd(code);
  t.same(counts, ['odd_line_ends_total', 'odd_line_ends_total', 'odd_other_total', 'odd_other_total']);
  t.same(lines, [{ oddity: 'lines end with LF instead of CR LF' }, { oddity: 'an unknown deviation' }]);
  t.end();
});
