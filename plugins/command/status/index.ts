// `camd status`: shows the nodes of a running camd as a table or JSON, once or refreshed every second.

import { systemClock } from '../../../core/base/clock.ts';
import { type Command, EXIT } from '../../../core/cli/command.ts';
import { ask } from '../../../core/service/control/client.ts';
import type { Status } from '../../../core/service/control/messages.ts';
import { RUNNING, socketFor, unreachable } from '../../kit/command/running.ts';
import { statusTable } from './table.ts';

const REDRAW_MS = 1000;

const command: Command = {
  name: 'status',
  summary: 'Show the nodes of a running camd',
  usage: ['status [--socket PATH | --config PROFILE] [--json] [--watch]'],
  options: {
    ...RUNNING,
    json: { type: 'boolean', description: 'print the complete status as JSON' },
    watch: { type: 'boolean', short: 'w', description: 'refresh every second until interrupted' },
  },
  words: { least: 0, most: 0 },
  async run(io, args) {
    const socket = await socketFor(io, args);
    const show = async (prefix: string): Promise<void> => {
      const status = await ask<Status>(socket, 'GET', '/status');
      const text = args.on('json') ? `${JSON.stringify(status)}\n` : statusTable(status, systemClock.now(), io.tty.out);
      io.out(prefix + text);
    };
    try {
      await show('');
      while (args.on('watch')) {
        await systemClock.sleep(REDRAW_MS);
        // Moves the cursor home and clears only below it: a full clear would flicker.
        await show(io.tty.out ? '\u001b[H\u001b[J' : '\n');
      }
      return EXIT.ok;
    } catch (cause) {
      return unreachable(io, socket, cause);
    }
  },
};
export default command;
