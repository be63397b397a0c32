// `camd cameras`: the cameras of a running camd as a table or JSON.

import { type Command, EXIT } from '../../../core/cli/command.ts';
import { ask } from '../../../core/service/control/client.ts';
import type { CameraList } from '../../../core/service/control/messages.ts';
import { RUNNING, socketFor, unreachable } from '../../kit/command/running.ts';
import { cameraTable } from './table.ts';

const command: Command = {
  name: 'cameras',
  summary: 'List the cameras of a running camd',
  usage: ['cameras [--socket PATH | --config PROFILE] [--json]'],
  details:
    'STATE is "online", "idle" (on demand, without a viewer), "waiting" (no picture yet), "offline", or the state of the camera\'s node. "camd devices" lists the cameras that are connected to this machine.',
  options: {
    ...RUNNING,
    json: { type: 'boolean', description: 'print all details as JSON' },
  },
  words: { least: 0, most: 0 },
  async run(io, args) {
    const socket = await socketFor(io, args);
    try {
      const list = await ask<CameraList>(socket, 'GET', '/cameras');
      io.out(args.on('json') ? `${JSON.stringify(list)}\n` : cameraTable(list.cameras));
      return EXIT.ok;
    } catch (cause) {
      return unreachable(io, socket, cause);
    }
  },
};
export default command;
