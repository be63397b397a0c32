// source/rtsp: pictures of an RTSP camera, decoded by an ffmpeg child.

import { findProgram } from '../../../core/base/find-program.ts';
import { redactUrl } from '../../../core/base/redact.ts';
import { parseUnit } from '../../../core/base/units.ts';
import { defineNode, type Finding, type ParserFactory } from '../../../core/contract/plugin.ts';
import type { SourceRtspOptions } from '../../../schemas/source/rtsp.ts';
import { keepOpen } from '../../kit/capture/feed.ts';
import { oneCamera } from '../../kit/capture/frame-facts.ts';
import { publishFrames } from '../../kit/capture/sink.ts';
import { reach } from '../../kit/examine/reach.ts';
import { createJpegFramer } from '../../kit/image/jpeg-framer.ts';
import { createCommand } from '../../kit/process/command.ts';
import { ffmpegArguments } from './arguments.ts';
import { explain } from './explain.ts';
import { createInputFile, streamUrl } from './input-file.ts';
import { memoryAdvice } from './memory.ts';

/** Between SIGTERM and SIGKILL: a camera that does not answer must not delay a reload. */
const GRACE_MS = 1_000;
/** A JPEG of 8192 by 8192 pixels at the best quality is smaller. */
const MAX_FRAME = 64 * 1024 * 1024;

const parser: ParserFactory = (sink) =>
  createJpegFramer(MAX_FRAME, {
    image: (data, { width, height }) => sink.image({ data, type: 'image/jpeg', width, height, hasHeadroom: true }),
    skipped: sink.skipped,
  });

/** Milliseconds between two frames of a rate such as 5/s; undefined for key frames, whose interval the camera sets. */
function intervalOf(frames: string): number | undefined {
  const rate = parseUnit('rate', frames);
  return rate === undefined || rate <= 0 ? undefined : 1000 / rate;
}

export default defineNode<SourceRtspOptions>({
  frames: (options, view) => oneCamera(options, view, intervalOf(options.frames)),
  check: ({ url, username, password }) => [
    ...withoutEffect(
      'username',
      username,
      password === undefined && new URL(url).username !== '',
      'the URL has a user already',
    ),
    ...withoutEffect('password', password, username === undefined, 'it needs "username"'),
  ],
  async inspect({ program }, _signal, resolve) {
    if (findProgram(program.includes('/') ? resolve(program) : program)) return memoryAdvice(process.availableMemory());
    return [
      {
        option: 'program',
        code: 'not-here',
        severity: 'warning',
        message: `${program} was not found on this machine; install the package ffmpeg.`,
        fix: 'sudo apt install ffmpeg',
      },
    ];
  },
  examine: ({ url }, view) => reach(view, { option: 'url', url, what: `The camera ${redactUrl(url)}` }),
  start(node) {
    const { options } = node;
    const url = streamUrl(options);
    const what = `The stream rtsp://${url.host}${url.pathname}`;
    publishFrames(node, options, (sink, signal) =>
      keepOpen(node, { what, timeout: options.timeout, mustLast: true, parser }, sink, signal, async (opening) => {
        const input = await createInputFile(url, options);
        try {
          const program = options.program.includes('/') ? node.resolve(options.program) : options.program;
          const command = createCommand(node, {
            command: [program, ...ffmpegArguments(options, input.path)],
            grace: GRACE_MS,
            what,
            explain: (line) => explain(line, what),
          });
          const push = opening.begin();
          const end = await command.run(opening.signal, (chunk) => {
            input.forget();
            push(chunk);
          });
          throw end(opening.bytes());
        } finally {
          input.forget();
        }
      }),
    );
  },
});

const withoutEffect = (option: string, value: string | undefined, wrong: boolean, why: string): Finding[] =>
  value !== undefined && wrong ? [{ option, code: 'wrong-value', message: `${option} has no effect: ${why}.` }] : [];
