// http/camera-server: further paths of existing camera servers: hello, get-image, mocked-image, image, update and move.

import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import { defineNode, type Route } from '../../../core/contract/plugin.ts';
import { isFault } from '../../../core/contract/problems.ts';
import type { HttpCameraServerOptions } from '../../../schemas/http/camera-server.ts';
import { checkControl, mayControl, sendCommand } from '../../kit/control/control.ts';
import { bearerOf } from '../../kit/http/bearer.ts';
import { readBody } from '../../kit/http/body.ts';
import { json, message, queryOf } from '../../kit/http/json.ts';
import { exists } from '../../kit/ingest/known.ts';
import { createPattern } from '../../kit/pattern/pattern.ts';

/** Most bytes of a move as JSON. */
const MAX_MOVE = 4096;
/** Milliseconds in which the body must arrive. */
const MOVE_MS = 5000;
/** The simulated picture. */
const MOCKED = { width: 640, height: 480, name: 'camd' };

export default defineNode<HttpCameraServerOptions>({
  check: checkControl,
  start(node) {
    const { options, clock } = node;
    const { control } = options;
    const [only] = node.refs('only', 'registry');
    const stills = node.ref('from', 'stills');
    const input = node.input();
    const local = options.local === undefined ? undefined : node.input('local');
    const unknown = (reply: HttpReply, camera: string, status = 400): HttpReply =>
      message(reply, status, `No camera with id ${camera.slice(0, 64)}`);
    const picture = (reply: HttpReply, data: Buffer): HttpReply =>
      reply.header('cache-control', 'no-store').type('image/jpeg').send(data);

    const getImage: Route['handler'] = async (request, reply) => {
      const camera = queryOf(request.raw.url, 'cameraId') ?? '';
      if (!(await exists(only, stills, camera))) return unknown(reply, camera, 404);
      const frame = stills.current()?.latest(camera)?.frame;
      // Before the first picture, the original server answers with an empty image.
      return frame
        ? reply.header('cache-control', 'no-store').type(frame.type).send(frame.data)
        : picture(reply, NOTHING);
    };
    let draw: ReturnType<typeof createPattern> | undefined;
    const mockedImage: Route['handler'] = (_request, reply) => {
      draw ??= createPattern(MOCKED);
      return picture(reply, draw(0, clock.now(), 1));
    };
    const image: Route['handler'] = async (_request, reply) => {
      const camera = options.local_camera ?? local?.cameras()[0];
      if (!local || camera === undefined) return message(reply, 503, 'There is no local camera');
      try {
        const frame = await local.ask('capture', camera, undefined, AbortSignal.timeout(options.timeout));
        return picture(reply, frame.data);
      } catch (cause) {
        if (isFault(cause) || (cause instanceof Error && cause.name === 'TimeoutError')) {
          node.log.warn('the local camera sent no picture', { camera, why: cause.message });
          return message(reply.header('retry-after', '2'), 503, 'The local camera sent no picture');
        }
        throw cause;
      }
    };

    /** True if the request is not allowed; then the answer has been sent. */
    const refused = async (request: HttpRequest, reply: HttpReply, camera: string): Promise<boolean> => {
      if (!(await exists(only, stills, camera))) {
        void unknown(reply, camera);
        return true;
      }
      const token = bearerOf(request.headers) || (queryOf(request.raw.url, 'token') ?? '');
      const { authenticated = false } = server.current() ?? {};
      if (await mayControl(control, camera, { token, authenticated }, only)) return false;
      node.metrics.count('commands_refused_total');
      if (control === 'nobody') void message(reply, 403, 'This server does not allow control of cameras');
      else void message(reply.header('www-authenticate', 'Bearer realm="camd"'), 401, 'Invalid token');
      return true;
    };
    const update: Route['handler'] = async (request, reply) => {
      const camera = queryOf(request.raw.url, 'cameraId') ?? '';
      if (await refused(request, reply, camera)) return reply;
      return json(reply, 200, { result: await sendCommand(input, camera, { name: 'update' }) });
    };
    const move: Route['handler'] = async (request, reply) => {
      const move = moveOf(await readBody(request, MAX_MOVE, MOVE_MS));
      if (!move) return message(reply, 400, 'A move is {"cameraId": 7, "pitch": 0.5, "yaw": 0}, with finite numbers');
      if (await refused(request, reply, move.camera)) return reply;
      const { x, y } = move;
      return json(reply, 200, { result: await sendCommand(input, move.camera, { name: 'move', args: { x, y } }) });
    };

    const base = options.path === '/' ? '' : options.path;
    const routes: readonly Route[] = [
      { methods: ['GET'], path: '/hello', handler: (_request, reply) => json(reply, 200, { message: 'Hello World!' }) },
      { methods: ['GET'], path: '/get-image', handler: getImage },
      { methods: ['GET'], path: '/mocked-image', handler: mockedImage },
      { methods: ['GET'], path: '/image', handler: image },
      { methods: ['POST'], path: '/update', handler: update },
      { methods: ['POST'], path: '/move', handler: move },
    ];
    const server = node.ref('on', 'server');
    server.bind((port) => {
      const releases = routes.map((route) => port.route({ ...route, path: base + route.path }));
      return () => {
        for (const release of releases) release();
      };
    });
  },
});

const NOTHING = Buffer.alloc(0);

/** The original server's names: pitch is the camera's x, yaw its y. */
function moveOf(body: Buffer): { readonly camera: string; readonly x: number; readonly y: number } | undefined {
  let read: unknown;
  try {
    read = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(read));
  const [camera, x, y] = [fields.get('cameraId'), fields.get('pitch'), fields.get('yaw')];
  if (typeof camera !== 'number' && typeof camera !== 'string') return undefined;
  if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y)) return undefined;
  return { camera: String(camera), x, y };
}
