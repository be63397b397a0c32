// source/exec: pictures from a program's output; one long-running program, or one run per picture.

import { formatDuration, formatSize } from '../../../core/base/units.ts';
import { defineNode, environment, Fault, type Node, type ParsedImage } from '../../../core/contract/plugin.ts';
import type { SourceExecOptions } from '../../../schemas/source/exec.ts';
import { createOddities } from '../../kit/camera/oddities.ts';
import { keepOpen } from '../../kit/capture/feed.ts';
import { oneCamera } from '../../kit/capture/frame-facts.ts';
import { checkStreamParse } from '../../kit/capture/parse-advice.ts';
import { publishFrames } from '../../kit/capture/sink.ts';
import { publishSnapshots } from '../../kit/capture/snapshots.ts';
import { examinePiCamera } from '../../kit/examine/pi-cameras.ts';
import { type Command, createCommand } from '../../kit/process/command.ts';

export default defineNode<SourceExecOptions>({
  check: ({ every, parse }) =>
    every === undefined
      ? checkStreamParse(parse, 'write parse: mjpeg, or every: 10s to run the program for each picture')
      : [],
  frames: (options, view) => oneCamera(options, view, options.every),
  examine: ({ command }, { signal }) => examinePiCamera(command, signal),
  start(node) {
    const { every, timeout, skip, min_size } = node.options;
    const command = createCommand(node, node.options);
    if (every !== undefined) {
      publishSnapshots(node, { ...node.options, every }, (signal) => shoot(node, command, signal));
      return;
    }
    const feed = { what: command.what, timeout, skip, minSize: min_size, mustLast: true, odd: createOddities(node) };
    publishFrames(node, node.options, (sink, signal) =>
      keepOpen(node, feed, sink, signal, async (opening) => {
        const end = await command.run(opening.signal, opening.begin());
        throw end(opening.bytes());
      }),
    );
  },
});

/** Runs the command once; the last picture that it writes counts, regardless of its exit status. */
async function shoot(node: Node<SourceExecOptions>, command: Command, signal: AbortSignal): Promise<ParsedImage> {
  const { timeout, min_size, skip } = node.options;
  const control = new AbortController();
  const stop = (): void => control.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let late = false;
  node.clock.sleep(timeout, control.signal).then(
    () => {
      late = true;
      stop();
    },
    () => {},
  );

  let picture: ParsedImage | undefined;
  let pictures = 0;
  let bytes = 0;
  let why = '';
  let first: Buffer | undefined;
  const image = (found: ParsedImage): void => {
    if (pictures++ >= skip || skip === 0) picture = found;
  };
  const parser = node.parser?.({
    image,
    skipped(count, reason) {
      node.metrics.count('skipped_bytes_total', count);
      why = reason;
    },
  });
  if (!parser) throw new Fault('bug', 'no-parser', 'The source has no parser.');
  let broken: unknown;
  try {
    const end = await command.run(control.signal, (chunk) => {
      bytes += chunk.length;
      first ??= Buffer.from(chunk.subarray(0, PNG.length));
      try {
        parser.push(chunk);
      } catch (thrown) {
        broken ??= thrown;
      }
    });
    signal.throwIfAborted();
    if (late) throw environment('too-slow', `${command.what} did not exit within ${formatDuration(timeout)}.`);
    parser.end();
    if (broken !== undefined) throw broken;
    if (!picture) throw bytes === 0 ? end(0) : noPicture(command, bytes, why, first);
  } finally {
    signal.removeEventListener('abort', stop);
    control.abort();
  }
  if (picture.data.length < min_size) {
    node.metrics.count('too_small_total');
    const size = formatSize(picture.data.length);
    throw environment('too-small', `${command.what} sent a picture of ${size}, which is less than min_size.`);
  }
  return picture;
}

const PNG = Buffer.from('\x89PNG', 'latin1');

function noPicture(command: Command, bytes: number, why: string, first: Buffer | undefined): Fault {
  const hint = first?.equals(PNG) ? ' It is a PNG: set "parse: still".' : '';
  const detail = why === '' ? '' : ` (${why})`;
  return environment(
    'no-picture',
    `${command.what} wrote ${formatSize(bytes)} without a whole picture${detail}.${hint}`,
  );
}
