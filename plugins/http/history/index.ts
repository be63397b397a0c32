// http/history: serves a store's camera lists, pictures, thumbnails and the history page.

import { createHash } from 'node:crypto';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import { defineNode, isFault, type Kept, type Route, type Store } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { HttpHistoryOptions } from '../../../schemas/http/history.ts';
import { createPageAnswers, escapeHtml } from '../../kit/page/answer.ts';
import { refuse } from '../../kit/stills/refuse.ts';
import { countPictures } from './counts.ts';
import { findLinks } from './links.ts';
import { listCameras, listPictures } from './lists.ts';
import { readQuery } from './query.ts';
import { createThumbnails } from './thumbnails.ts';

const USE = 'http/history';
/** Stored pictures never change but may be deleted: a browser must not cache them for ever. Seconds. */
const MAX_AGE = 86_400;
const CAMERA = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

export default defineNode<HttpHistoryOptions>({
  start(node) {
    const { path, list_path: listPath, max_limit: maxLimit } = node.options;
    const servers = node.ref('on', 'server');
    const source = node.ref('from', 'store');
    const thumbnails = createThumbnails(node.options.thumbnail_width, node.options.thumbnail_cache);
    node.metrics.gauge('thumbnail_bytes', () => thumbnails.held);

    type Answer = (
      store: Store,
      request: HttpRequest,
      reply: HttpReply,
      params: Readonly<Record<string, string>>,
    ) => unknown;
    /** Only while the store is running; otherwise 503 with a sentence that names no path. */
    const ask =
      (answer: Answer): Route['handler'] =>
      async (request, reply, params) => {
        const store = source.current();
        if (!store) return refuse(reply, 503, 'the store is not running');
        try {
          return await answer(store, request, reply, params);
        } catch (cause) {
          if (!isFault(cause) || cause.blame === 'bug') throw cause;
          if (cause.code === 'unknown-id')
            return refuse(reply, 400, 'cursor must be what an earlier answer gave as next');
          node.log.warn('history not served', { why: sentence(cause) });
          return refuse(reply, 503, 'the store cannot answer now');
        }
      };

    const list: Answer = async (store, request, reply, { camera = '' }) => {
      if (!CAMERA.test(camera)) return refuse(reply, 404, 'there is no such camera');
      const query = readQuery(camera, request.url.split('?')[1] ?? '', maxLimit);
      if (typeof query === 'string') return refuse(reply, 400, query);
      const result = await listPictures(store, path, query);
      if (result.pictures.length === 0 && !(await store.cameras()).includes(camera)) {
        return refuse(reply, 404, 'no picture of this camera is stored');
      }
      return json(reply, result);
    };
    const count: Answer = async (store, request, reply, { camera = '' }) => {
      if (!CAMERA.test(camera)) return refuse(reply, 404, 'there is no such camera');
      const query = readQuery(camera, request.url.split('?')[1] ?? '', maxLimit);
      if (typeof query === 'string') return refuse(reply, 400, query);
      const { every, from, to } = query;
      if (every === undefined || from === undefined || to === undefined) {
        return refuse(reply, 400, 'counts requires from, to and every');
      }
      return json(reply, await countPictures(store, { camera, every, from, to }));
    };
    const cameras: Answer = async (store, _request, reply) =>
      json(reply, {
        cameras: await listCameras(store, path, node.cameras.name),
        links: findLinks(servers.current()?.paths() ?? [], path),
      });
    const picture: Answer = async (store, request, reply, { id = '' }) => {
      const found = await store.read(id);
      if (!found) return refuse(reply, 404, 'this picture is not stored');
      const unchanged = isKnown(request, reply, found.kept, 'picture');
      reply.type(found.kept.type);
      if (!unchanged && request.method !== 'HEAD') {
        return reply.header('content-length', found.kept.size).send(found.body);
      }
      found.body.destroy();
      return unchanged ? reply.code(304).send() : reply.header('content-length', found.kept.size).send();
    };
    let isWarned = false;
    const thumbnail: Answer = async (store, request, reply, params) => {
      const { id = '' } = params;
      try {
        const small = await thumbnails.get(store, id);
        if (!small) return refuse(reply, 404, 'this picture is not stored');
        if (isKnown(request, reply, { id, size: small.data.length }, 'thumbnail')) return reply.code(304).send();
        reply.type(small.type).header('content-length', small.data.length);
        return request.method === 'HEAD' ? reply.send() : reply.send(small.data);
      } catch (cause) {
        if (isFault(cause) && cause.code === 'thumbnails-busy') throw cause;
        if (!isWarned) node.log.warn('thumbnails cannot be made; full pictures are sent', { why: sentence(cause) });
        isWarned = true;
        return picture(store, request, reply, params);
      }
    };
    const page = createPageAnswers(USE);
    const base = path.split('/').at(-1) ?? '';

    const routes: Route[] = [
      { methods: ['GET'], path, handler: page('history.html', (text) => text.replaceAll('%BASE%', escapeHtml(base))) },
      ...['history.js', 'history.css', 'icon.svg'].map(
        (name): Route => ({ methods: ['GET'], path: `${path}/${name}`, handler: page(name) }),
      ),
      { methods: ['GET'], path: `${path}/cameras`, handler: ask(cameras) },
      { methods: ['GET'], path: `${path}/cameras/{camera}`, handler: ask(list) },
      { methods: ['GET'], path: `${path}/cameras/{camera}/counts`, handler: ask(count) },
      { methods: ['GET'], path: `${path}/pictures/{id*}`, handler: ask(picture) },
      { methods: ['GET'], path: `${path}/thumbnails/{id*}`, handler: ask(thumbnail) },
      ...(listPath === undefined ? [] : [{ methods: ['GET' as const], path: listPath, handler: ask(list) }]),
    ];
    servers.bind((server) => {
      const releases = routes.map((route) => server.route(route));
      return () => {
        for (const release of releases) release();
      };
    });
  },
});

const json = (reply: HttpReply, value: unknown): HttpReply =>
  reply
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify(value)}\n`);

/** Sets the validators; true when the client has this version already (RFC 9110 §13.1.2). */
function isKnown(request: HttpRequest, reply: HttpReply, kept: Pick<Kept, 'id' | 'size'>, kind: string): boolean {
  const etag = `"${createHash('sha256').update(`${kind} ${kept.id} ${kept.size}`).digest('base64url').slice(0, 22)}"`;
  reply.headers({ etag, 'cache-control': `private, max-age=${MAX_AGE}`, 'x-content-type-options': 'nosniff' });
  const asked = request.headers['if-none-match'];
  return (
    asked !== undefined && (asked === '*' || asked.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag))
  );
}
