// A real camd with a plugin whose callbacks throw, reject or never settle: streams continue, and it reloads, responds and exits with 0.

import { connect } from 'node:net';
import t from 'tap';
import { camd } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { until } from './support/until.ts';

/** Implements each callback of the contract; the option `mode` selects how it ends. */
const PLUGIN = `
const misbehave = (mode) => {
  if (mode === 'throws') throw new Error('broken');
  return mode === 'rejects' ? Promise.reject(new Error('broken')) : new Promise(() => {});
};
const now = (mode) => { if (mode === 'throws') throw new Error('broken'); };
const callbacks = {
  start: (node, mode) => misbehave(mode),
  handler: (node, mode) => node.input().each(() => misbehave(mode), { delivery: 'live' }),
  every: (node, mode) => node.input().each(() => misbehave(mode), { delivery: 'every' }),
  pass: (node, mode) => node.pass(() => misbehave(mode), { order: 'live' }),
  attach: (node, mode) => node.ref('on', 'server').bind(() => now(mode)),
  release: (node, mode) => node.ref('on', 'server').bind(() => () => now(mode)),
  active: (node, mode) => node.whileActive(() => () => now(mode)),
  want: (node, mode) => node.output.onWant(() => { now(mode); return () => now(mode); }),
  answer: (node, mode) => { node.output.announce(node.id); node.output.answer('capture', () => misbehave(mode)); },
  gauge: (node, mode) => node.metrics.gauge('size', () => { now(mode); return 1; }),
  defer: (node, mode) => node.defer(() => misbehave(mode)),
  task: (node, mode) => node.task(() => misbehave(mode)),
  durable: async (node, mode) => { await node.durable('state', { same: [node.options.version], create: () => 1, dispose: () => misbehave(mode) }); },
  route: (node, mode) => node.ref('on', 'server').bind((server) => server.route({ methods: ['GET'], path: '/' + node.id, handler: () => misbehave(mode) })),
  upgrade: (node, mode) => node.ref('on', 'server').bind((server) => server.upgrade({ path: '/' + node.id, handler: (request, socket) => { socket.destroy(); now(mode); } })),
};
export default {
  use: 'test/bad',
  schema: {
    title: 'test/bad', summary: 'Bad', description: 'Bad.', provides: ['frames'],
    type: 'object', additionalProperties: false, examples: [], required: ['callback', 'mode', 'version', 'from', 'on'],
    properties: {
      callback: { description: 'The callback.', type: 'string' },
      mode: { description: 'How it ends.', type: 'string' },
      version: { description: 'Replaces the node.', type: 'integer' },
      from: { description: 'A node.', type: 'string', reference: { ports: ['frames'], delivery: 'live' } },
      on: { description: 'A server.', type: 'string', reference: { ports: ['server'] } },
    },
  },
  start: (node) => callbacks[node.options.callback](node, node.options.mode),
};
`;
const CALLBACKS = [...PLUGIN.matchAll(/^ {2}(\w+): (?:async )?\(node, mode\)/gm)].map(([, name]) => name ?? '');
const MODES = ['throws', 'rejects', 'never settles'] as const;

/** A node that misbehaves in one of these cannot start, so a reload that replaces it is refused. */
const STARTING: ReadonlySet<string> = new Set(['start', 'attach', 'task']);

/** Another `version` replaces all misbehaving nodes except those that cannot start. */
const profile = (version: number, more: Readonly<Record<string, object>> = {}): string =>
  JSON.stringify({
    camd: 1,
    plugins: ['./bad.mjs'],
    pipeline: {
      camera: { use: 'source/test-pattern', fps: 20, size: '64x48' },
      web: { use: 'http/server', listen: '127.0.0.1:0' },
      latest: { use: 'cache/latest', from: 'camera' },
      watch: { use: 'http/stream', on: 'web', from: 'latest', path: '/watch' },
      ...Object.fromEntries(
        CALLBACKS.flatMap((callback) =>
          MODES.map((mode) => [
            `${callback}-${mode.replace(' ', '-')}`,
            {
              use: 'test/bad',
              callback,
              mode,
              version: STARTING.has(callback) ? 1 : version,
              from: 'camera',
              on: 'web',
            },
          ]),
        ),
      ),
      ...more,
    },
  });

t.test(
  'camd survives callbacks that throw, reject or never settle: start, reload, refused reload, requests, status, SIGTERM',
  async (t) => {
    t.ok(CALLBACKS.length >= 15, `${CALLBACKS.length} callbacks`);
    const daemon = await startDaemon(t, profile(1), { files: { 'bad.mjs': PLUGIN } });
    const origin = await daemon.origin('web');
    const port = Number(new URL(origin).port);
    const viewer = connect(port, '127.0.0.1');
    t.teardown(() => viewer.destroy());
    let pictures = 0;
    let ended = false;
    viewer.on('data', (chunk: Buffer) => {
      if (chunk.includes('Content-Length')) pictures++;
    });
    viewer.on('error', () => {});
    viewer.on('close', () => {
      ended = true;
    });
    viewer.write('GET /watch HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    const goesOn = async (what: string): Promise<void> => {
      const before = pictures;
      await until(() => pictures > before + 3 || ended, `pictures after ${what}`);
      t.notOk(ended, `the stream continues after ${what}`);
    };
    /** Calls the routes and upgrades, and abandons requests that never settle. */
    const ask = async (): Promise<void> => {
      const paths = CALLBACKS.flatMap((callback) => MODES.map((mode) => `/${callback}-${mode.replace(' ', '-')}`));
      await Promise.all(
        paths.map((path) => fetch(`${origin}${path}`, { signal: AbortSignal.timeout(1000) }).catch(() => {})),
      );
    };
    const status = () => camd(['status', '--config', daemon.file], { env: { XDG_RUNTIME_DIR: daemon.folder } });

    await goesOn('the start');
    await ask();
    await goesOn('requests');
    t.equal((await status()).code, 0);

    daemon.write(profile(2));
    daemon.signal('SIGHUP');
    await daemon.line('profile reloaded');
    await goesOn('a reload');
    await ask();

    daemon.write(profile(3, { second: { use: 'http/server', listen: `127.0.0.1:${port}` } }));
    daemon.signal('SIGHUP');
    await daemon.line('node cannot start with the new profile', { node: 'second' });
    await daemon.line('profile not reloaded, the old one keeps running');
    await goesOn('a refused reload');
    t.equal((await status()).code, 0);

    daemon.signal('SIGTERM');
    t.equal(await daemon.ended, 0);
  },
);
