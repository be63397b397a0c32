// Stills from a program that keeps running and takes a picture each time it is triggered.

import { findProgram } from '../../../core/base/find-program.ts';
import { formatDuration, parseUnit } from '../../../core/base/units.ts';
import { defineNode, type Finding, misuse } from '../../../core/contract/plugin.ts';
import type { SourceStillOptions } from '../../../schemas/source/still.ts';
import { oneCamera } from '../../kit/capture/frame-facts.ts';
import { checkStreamParse } from '../../kit/capture/parse-advice.ts';
import { publishSnapshots } from '../../kit/capture/snapshots.ts';
import { examinePiCamera } from '../../kit/examine/pi-cameras.ts';
import { examineProgram } from '../../kit/examine/programs.ts';
import { commandLine, PROGRAMS } from './command.ts';
import { picturesOfFile } from './file.ts';
import { startProgram } from './program.ts';
import { createShutter } from './shutter.ts';
import { picturesOfStdout } from './stdout.ts';

export default defineNode<SourceStillOptions>({
  frames: (options, view) => oneCamera(options, view, options.every),
  async *examine({ command, camera_number: camera }, { signal }) {
    if (command === undefined && !PROGRAMS.some((name) => findProgram(name))) {
      yield* examineProgram(PROGRAMS[0], 'command');
      return;
    }
    yield* examinePiCamera(command ?? [PROGRAMS[0], '--camera', String(camera)], signal);
  },
  check(options) {
    const findings: Finding[] =
      options.output === 'stdout' ? checkStreamParse(options.parse, 'write parse: mjpeg') : [];
    const ready = parseUnit('duration', options.ready);
    if (ready !== undefined && ready >= options.start_timeout) {
      const limit = formatDuration(options.start_timeout);
      const message = `ready: the program would be ended after ${limit} (start_timeout), before ${options.ready} have passed.`;
      findings.push({ option: 'ready', code: 'out-of-range', message });
    }
    for (const option of options.command === undefined ? [] : (['width', 'height'] as const)) {
      if (options[option] === undefined) continue;
      const message = `${option}: it has no effect with "command"; write it among the arguments there.`;
      findings.push({ option, code: 'advice', message, severity: 'warning' });
    }
    return findings;
  },
  start(node) {
    const { options } = node;
    const file = options.file === undefined ? undefined : node.resolve(options.file);
    if (options.output === 'file' && file === undefined) throw misuse('no-file', '"output: file" needs "file".');
    const pictures = options.output === 'file' && file ? picturesOfFile(node, file) : picturesOfStdout(node);
    const shutter = createShutter(node, pictures, {
      timeout: options.timeout,
      async start(extra) {
        const command = await commandLine(options, file, process.env.PATH ?? '');
        return startProgram(node, options, { command, extra, onOutput: pictures.push });
      },
    });
    node.defer(() => shutter.rest());
    publishSnapshots(
      node,
      options,
      (signal) => shutter.shoot(signal),
      () => shutter.rest(),
    );
  },
});
