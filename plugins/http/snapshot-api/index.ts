// http/snapshot-api: takes pictures on request over REST and from a page, and serves them by name.

import {
  type CaptureAllOptions,
  defineNode,
  type Fact,
  type ProfileView,
  type Release,
  type Route,
  type Server,
} from '../../../core/contract/plugin.ts';
import type { HttpSnapshotApiOptions } from '../../../schemas/http/snapshot-api.ts';
import { isFromElsewhere } from '../../kit/http/origin.ts';
import { createPageAnswers, escapeHtml } from '../../kit/page/answer.ts';
import { pageOf } from '../../kit/page/links.ts';
import { type CameraInfo, describeCameras, RESERVED } from './cameras.ts';
import { servePictures } from './pictures.ts';
import { type Answer, apiSeveral, apiSingle, pageResult, type Taken } from './results.ts';

export default defineNode<HttpSnapshotApiOptions>({
  check({ cameras = [] }, view) {
    const described = view.optionsOf('cameras');
    const own = typeof described === 'object' && described !== null && 'cameras' in described ? described.cameras : {};
    const names = [...[cameras].flat(), ...Object.keys(typeof own === 'object' && own !== null ? own : {})];
    return names
      .filter((name) => RESERVED.has(name))
      .map((name) => ({
        option: 'cameras',
        code: 'wrong-value',
        message: `A camera is called "${name}", and /api/snapshot/${name} has another meaning; rename the camera.`,
      }));
  },

  start(node) {
    const { path, deadline, title, max_captures: maxCaptures } = node.options;
    const base = path === '/' ? '' : path;
    const stills = node.ref('from', 'stills');
    const store = node.ref('from', 'store');
    const services = node.refs('services', 'service');
    const profile = node.options.cameras === undefined ? undefined : node.profile('cameras');
    let capturing = 0;

    const describe = async (): Promise<CameraInfo[]> => {
      const port = stills.current();
      const nodes: ProfileView['nodes'] = (await profile?.read())?.nodes ?? [];
      return describeCameras({
        names: (port?.cameras() ?? []).filter((name) => port?.onDemand(name) && !RESERVED.has(name)),
        nodes,
        unit: (id) => services.find((service) => service.id === id)?.current()?.unit ?? id,
        size: (camera) => port?.latest(camera)?.frame,
      });
    };

    /** Takes all pictures of a request: services stop once, and restart at its end, even after the client has left. */
    const take = async (cameras: readonly CameraInfo[], prefix: string): Promise<Taken[]> => {
      const names = cameras.map(({ name }) => name);
      const capture: CaptureAllOptions = { signal: node.signal, deadlineMs: deadline, facts: { prefix } };
      node.metrics.count('captures_total', names.length);
      const results = await stills.current()?.captureAll(names, capture);
      const taken = names.map((camera): Taken => ({ camera, result: results?.get(camera) }));
      for (const { camera, result } of taken) {
        if (!(result instanceof Error)) continue;
        node.metrics.count('failures_total');
        node.log.warn('no picture', { camera, why: result.message });
      }
      return taken;
    };

    const api = async (name: string): Promise<Answer> => {
      const cameras = await describe();
      if (name === 'all') {
        if (cameras.length === 0) return missing('No cameras configured', true);
        return apiSeveral(await take(cameras, 'api_all_cams'), base, 'Capture failed');
      }
      if (name === 'stereo') {
        const pair = cameras.filter(({ stereo }) => stereo);
        if (pair.length === 0) return missing('No stereo cameras configured', true);
        return apiSeveral(await take(pair, 'api_stereo'), base, 'v4l2-ctl failed');
      }
      const [taken] = await take(
        cameras.filter((camera) => camera.name === name),
        'snapshot',
      );
      return taken ? apiSingle(taken, base) : missing('Camera not found', false);
    };

    const ui = async (name: string): Promise<Answer> => {
      const cameras = await describe();
      const group = name === 'all' ? 'all_cams' : name === 'stereo' ? 'stereo' : undefined;
      const failed = group === 'stereo' ? 'v4l2-ctl failed' : 'Capture failed';
      const chosen = cameras.filter(
        (camera) => name === 'all' || (name === 'stereo' ? camera.stereo : camera.name === name),
      );
      if (chosen.length === 0) {
        const error =
          group === undefined ? 'Camera not found' : `No ${name === 'all' ? '' : 'stereo '}cameras configured`;
        return { status: 200, body: { success: false, error } };
      }
      const results = (await take(chosen, group ?? 'snapshot')).map((one) => pageResult(one, base, failed));
      return { status: 200, body: group === undefined ? (results[0] ?? null) : { success: true, results } };
    };

    const guarded =
      (answer: (name: string) => Promise<Answer>): Route['handler'] =>
      async (request, reply, { name = '' }) => {
        const send = (status: number, body: Fact) =>
          reply
            .code(status)
            .header('cache-control', 'no-store')
            .type('application/json; charset=utf-8')
            .send(`${JSON.stringify(body)}\n`);
        // A GET takes a picture and stops services, so pages of another site must not trigger it in a user's browser.
        if (isFromElsewhere(request.headers)) {
          return send(403, { success: false, error: 'Pages of another site cannot take pictures.' });
        }
        if (capturing >= maxCaptures) {
          reply.header('retry-after', '2');
          return send(503, { success: false, error: 'Too many requests are waiting for a picture.' });
        }
        capturing++;
        try {
          const { status, body } = await answer(name);
          return send(status, body);
        } finally {
          capturing--;
        }
      };

    const page = createPageAnswers(node.use);
    const html = (server: Server, here: string): Route['handler'] => {
      const pages = server.paths();
      const history = pageOf(pages, 'history.js');
      return page('snapshot-api.html', (text) =>
        text
          .replaceAll('%TITLE%', escapeHtml(title))
          .replaceAll('%HERE%', here)
          .replaceAll('%HISTORY%', escapeHtml(history ?? '')),
      );
    };
    const get = (at: string, handler: Route['handler']): Route => ({ methods: ['GET'], path: `${base}${at}`, handler });
    const routes = (server: Server): Route[] => [
      {
        ...get('/api/cameras', async (_request, reply) =>
          reply.header('cache-control', 'no-store').send(await describe()),
        ),
        methods: ['GET', 'POST'],
      },
      { ...get('/api/snapshot/{name}', guarded(api)), methods: ['GET', 'POST'], role: 'operate' },
      { ...get('/ui/snapshot/{name}', guarded(ui)), methods: ['POST'] },
      get(
        '/snapshots/{file*}',
        servePictures(() => store.current(), 'inline'),
      ),
      get(
        '/download/{file*}',
        servePictures(() => store.current(), 'attachment'),
      ),
      get('/', (...args) => html(server, '')(...args)),
      ...(base === ''
        ? []
        : [get('', (...args) => html(server, `${base.slice(base.lastIndexOf('/') + 1)}/`)(...args))]),
      ...['snapshot-api.js', 'snapshot-api.css', 'icon.svg'].map((name) => get(`/${name}`, page(name))),
    ];
    const attach = (server: Server): Release => {
      const releases = routes(server).map((route) => server.route(route));
      node.log.info('serving pictures on request', { url: `${server.origin}${path}` });
      return () => {
        for (const release of releases) release();
      };
    };
    node.ref('on', 'server').bind(attach);
  },
});

const missing = (error: string, several: boolean): Answer => ({
  status: 404,
  body: several ? { success: false, error, results: [] } : { success: false, error },
});
