// `camd tap NODE`: prints one line per frame that leaves a node, and saves the frames on request.

import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolderSync } from '../../../core/base/make-folder.ts';
import { formatSize } from '../../../core/base/units.ts';
import { type Command, EXIT, UsageError } from '../../../core/cli/command.ts';
import { open } from '../../../core/service/control/client.ts';
import { RUNNING, socketFor, unreachable } from '../../kit/command/running.ts';
import { tappedFrames } from './tapped.ts';

const command: Command = {
  name: 'tap',
  summary: 'Show the frames that leave a node',
  usage: ['tap NODE [--count N] [--save DIR] [--socket PATH | --config PROFILE]'],
  options: {
    ...RUNNING,
    count: { type: 'string', short: 'n', value: 'N', description: 'stop after N frames' },
    save: { type: 'string', value: 'DIR', description: 'save every frame as DIR/CAMERA_SEQ.jpg' },
  },
  words: { least: 1, most: 1 },
  async run(io, args) {
    const [node = ''] = args.positionals;
    const most = wholeNumber(args.text('count'));
    const folder = args.text('save');
    const socket = await socketFor(io, args);
    if (folder !== undefined) makeFolderSync(resolve(io.cwd, folder));
    try {
      const stream = await open(socket, 'GET', `/tap/${encodeURIComponent(node)}`);
      let seen = 0;
      let ended: string | undefined;
      for await (const { head, data } of tappedFrames(stream, (why) => (ended = why))) {
        const skipped = head.skipped > 0 ? `  ${head.skipped} skipped` : '';
        const size = formatSize(head.size).padStart(10);
        io.out(
          `${head.camera}  seq ${head.seq}  ${head.width}x${head.height}${size}  ${Math.round(head.age)} ms old${skipped}\n`,
        );
        if (folder !== undefined) writeFileSync(join(resolve(io.cwd, folder), fileName(head)), data);
        seen++;
        if (seen === most) break;
      }
      stream.destroy();
      if (ended === undefined) return EXIT.ok;
      io.err(`${ended}\n`);
      return EXIT.crashed;
    } catch (cause) {
      return unreachable(io, socket, cause);
    }
  },
};
export default command;

function wholeNumber(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--count must be a whole number above 0, not "${text}"`);
  return Number(text);
}

/** The camera's name is untrusted: the path must not leave the folder. */
function fileName({ camera, seq, type }: { camera: string; seq: number; type: string }): string {
  const safe = camera.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^\.+/, '_');
  return `${safe}_${String(seq).padStart(8, '0')}.${type === 'image/png' ? 'png' : 'jpg'}`;
}
