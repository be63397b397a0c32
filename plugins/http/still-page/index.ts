// http/still-page: a page with the newest still of one camera, and that still at images/current.jpg.

import { randomBytes } from 'node:crypto';
import { defineNode } from '../../../core/contract/plugin.ts';
import type { Release, Route, Server, Shows } from '../../../core/contract/ports.ts';
import type { HttpStillPageOptions } from '../../../schemas/http/still-page.ts';
import { reportServed } from '../../kit/http/camera-urls.ts';
import { maySee } from '../../kit/http/people.ts';
import { createPageAnswers, escapeHtml } from '../../kit/page/answer.ts';
import { checkOneCamera, checkStaleAfter } from '../../kit/stills/advice.ts';
import { createPictureAnswers } from '../../kit/stills/answer.ts';
import { cameraOf, createCameraChoice } from '../../kit/stills/cameras.ts';
import { NOT_YOURS, refuse } from '../../kit/stills/refuse.ts';
import { createSnapshot } from '../../kit/stills/snapshot.ts';

export default defineNode<HttpStillPageOptions>({
  check: ({ path, camera, stale_after }, view) => [
    ...checkStaleAfter('stale_after', stale_after, view.frames('from')),
    ...checkOneCamera(path, camera, view.frames('from')),
  ],
  async start(node) {
    const { path, title, every, stale_after, camera: fixed, timeout, max_waiting: maxWaiting } = node.options;
    const stills = node.ref('from', 'stills');
    const boot = await node.durable('boot', {
      same: [],
      create: () => randomBytes(6).toString('base64url'),
      dispose: () => {},
    });
    const answers = createPictureAnswers(boot);
    const choose = createCameraChoice(
      {
        fixed,
        known: () => stills.current()?.cameras() ?? [],
        has: (camera) => stills.current()?.latest(camera) !== undefined,
      },
      () => node.clock.monotonic(),
    );
    const picture = (offline: 'unavailable' | 'last'): Route['handler'] => {
      const snapshot = createSnapshot({
        answers,
        stills: () => stills.current(),
        offline,
        timeout,
        wait: timeout,
        maxWaiting,
        count: (name) => node.metrics.count(name),
      });
      return (request, reply) => {
        const choice = choose(undefined);
        if (!('camera' in choice)) return refuse(reply, choice.status, choice.message);
        if (!maySee(request.person, choice.camera)) return refuse(reply, 404, NOT_YOURS);
        return snapshot(request, reply, choice.camera);
      };
    };

    const page = createPageAnswers(node.use);
    const base = path === '/' ? '' : path;
    const html = (here: string): Route['handler'] =>
      page('still-page.html', (text) =>
        text
          .replaceAll('%TITLE%', escapeHtml(title))
          .replaceAll('%HERE%', here)
          .replaceAll('%EVERY%', String(every))
          .replaceAll('%STALE_AFTER%', String(stale_after)),
      );
    const get = (at: string, handler: Route['handler'], cameras: Shows = 'none'): Route => ({
      methods: ['GET'],
      path: at,
      cameras,
      handler,
    });
    const routes: readonly Route[] = [
      { ...get(path, html(base === '' ? '' : `${base.slice(base.lastIndexOf('/') + 1)}/`)), page: title },
      ...(base === '' ? [] : [get(`${base}/`, html(''))]),
      ...['still-page.js', 'still-page.css', 'icon.svg'].map((name) => get(`${base}/${name}`, page(name))),
      get(`${base}/images/current.jpg`, picture(node.options.offline), 'own'),
      // The page greys out old pictures itself, so it needs them, too.
      get(`${base}/still.jpg`, picture('last'), 'own'),
    ];
    const attach = (server: Server): Release => {
      const releases = routes.map((route) => server.route(route));
      node.log.info('serving the page of the camera', { url: `${server.origin}${path}` });
      return () => {
        for (const release of releases) release();
      };
    };
    const on = node.ref('on', 'server');
    on.bind(attach);
    const cameras = (): readonly string[] => stills.current()?.cameras() ?? [];
    const only = (): string | undefined => cameraOf(choose(undefined));
    node.cameras.report(() => reportServed({ on, paths: { page: path }, cameras, only }));
    return {};
  },
});
