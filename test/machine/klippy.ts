// Simulates Klippy for a real Moonraker: Klipper's API on a unix socket (JSON messages that end with 0x03), with one printer.

import { createServer, type Socket } from 'node:net';
import type { Ending } from '../support/harness.ts';

type Objects = Record<string, Record<string, unknown>>;

export interface Klippy {
  /** Methods called by Moonraker. */
  readonly calls: string[];
  /** Changes objects and notifies subscribers, like Klipper. */
  change(update: Objects): void;
}

const END = 0x03;

export async function klippy(t: Ending, path: string): Promise<Klippy> {
  const objects: Objects = {
    webhooks: { state: 'ready', state_message: 'Printer is ready' },
    print_stats: {
      state: 'standby',
      filename: '',
      info: { total_layer: null, current_layer: null },
      print_duration: 0,
    },
    gcode_move: { gcode_position: [0, 0, 0, 0] },
    configfile: { config: {}, settings: {}, warnings: [] },
    virtual_sdcard: { is_active: false, progress: 0, file_path: null },
    display_status: { progress: 0, message: null },
    pause_resume: { is_paused: false },
    toolhead: { position: [0, 0, 0, 0] },
  };
  const subscribers = new Map<Socket, unknown>();
  const calls: string[] = [];
  const status = (wanted: object): Objects =>
    Object.fromEntries(Object.keys(wanted).flatMap((name) => (objects[name] ? [[name, objects[name]]] : [])));
  const send = (socket: Socket, message: object): void => void socket.write(`${JSON.stringify(message)}\x03`);

  const results: Readonly<Record<string, (params: Record<string, object>, socket: Socket) => object>> = {
    info: () => ({
      ...{ state: 'ready', state_message: 'Printer is ready', hostname: 'test', app: 'Klipper' },
      ...{
        klipper_path: '/nonexistent',
        python_path: '/nonexistent',
        process_id: process.pid,
        user_id: 0,
        group_id: 0,
      },
      ...{ log_file: '', config_file: '/nonexistent/printer.cfg', software_version: 'v0.13.0', cpu_info: 'none' },
    }),
    list_endpoints: () => ({
      endpoints: ['info', 'objects/list', 'objects/query', 'objects/subscribe', 'emergency_stop', 'gcode/script'],
    }),
    'objects/list': () => ({ objects: Object.keys(objects) }),
    'objects/query': ({ objects: wanted = {} }) => ({ eventtime: 1, status: status(wanted) }),
    'objects/subscribe': ({ objects: wanted = {}, response_template: template }, socket) => {
      subscribers.set(socket, template);
      return { eventtime: 1, status: status(wanted) };
    },
  };

  const server = createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('close', () => subscribers.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(END); end >= 0; end = rest.indexOf(END)) {
        const { id, method, params = {} } = JSON.parse(rest.subarray(0, end).toString());
        rest = rest.subarray(end + 1);
        calls.push(method);
        send(socket, { id, result: results[method]?.(params, socket) ?? {} });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => {
    for (const socket of subscribers.keys()) socket.destroy();
    server.close();
  });
  return {
    calls,
    change(update) {
      for (const [name, fields] of Object.entries(update)) objects[name] = { ...objects[name], ...fields };
      for (const [socket, template] of subscribers) {
        send(socket, { ...(template as object), params: { eventtime: 2, status: update } });
      }
    },
  };
}
