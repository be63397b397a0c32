// http/history: serves camera lists, pictures and thumbnails of a store, and the history page.

import { createHash } from 'node:crypto';
import { CAMERA_ID } from '../../../core/base/formats.ts';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import { defineNode, isFault, type Kept, type Person, type Route, type Store } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { HttpHistoryOptions } from '../../../schemas/http/history.ts';
import { isFromElsewhere } from '../../kit/http/origin.ts';
import { mayDo, maySee } from '../../kit/http/people.ts';
import { createPageAnswers, escapeHtml } from '../../kit/page/answer.ts';
import { refuse } from '../../kit/stills/refuse.ts';
import { countPictures } from './counts.ts';
import { listDays, readDays } from './days.ts';
import { durableFilms } from './durable-films.ts';
import { filmRoutes } from './film-routes.ts';
import { findLinks } from './links.ts';
import { listCameras, listPictures } from './lists.ts';
import { readQuery } from './query.ts';
import { deleteRange, type Range, sendZip, sizeOf, tooLarge } from './range.ts';
import { createThumbnails } from './thumbnails.ts';

const USE = 'http/history';
/** Stored pictures never change but may be deleted: a browser must not cache them without a limit. Seconds. */
const MAX_AGE = 86_400;
/** Most archives that are sent at the same time. */
const MAX_ZIPS = 4;

export default defineNode<HttpHistoryOptions>({
  check({ on, delete: deletes, films }, view) {
    if (!deletes && !films) return [];
    const server = view.optionsOf('on');
    if (typeof server !== 'object' || server === null || !('listen' in server)) return [];
    const auth = 'auth' in server && typeof server.auth === 'object' && server.auth !== null ? server.auth : {};
    if ('basic' in auth || 'bearer' in auth) return [];
    const option = deletes ? 'delete' : 'films';
    return [
      {
        option,
        code: 'missing-option',
        message: `${option}: this is for users of the server only; add "auth" to ${on}, with "public" for the paths that are open to everybody.`,
      },
    ];
  },

  async start(node) {
    const { path, list_path: listPath, max_limit: maxLimit, max_download: maxDownload } = node.options;
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
    /** Answers 503 while the store is not running, with a sentence that names no path. */
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
            return refuse(reply, 400, 'cursor must be the value of next in an earlier answer');
          node.log.warn('history not served', { why: sentence(cause) });
          return refuse(reply, 503, 'the store cannot answer now');
        }
      };

    const list: Answer = async (store, request, reply, { camera = '' }) => {
      if (!CAMERA_ID.test(camera)) return refuse(reply, 404, 'there is no such camera');
      const query = readQuery(camera, request.url.split('?')[1] ?? '', maxLimit);
      if (typeof query === 'string') return refuse(reply, 400, query);
      const result = await listPictures(store, path, query);
      if (result.pictures.length === 0 && !(await store.cameras()).includes(camera)) {
        return refuse(reply, 404, 'no picture of this camera is stored');
      }
      return json(reply, result);
    };
    const count: Answer = async (store, request, reply, { camera = '' }) => {
      if (!CAMERA_ID.test(camera)) return refuse(reply, 404, 'there is no such camera');
      const query = readQuery(camera, request.url.split('?')[1] ?? '', maxLimit);
      if (typeof query === 'string') return refuse(reply, 400, query);
      const { every, from, to } = query;
      if (every === undefined || from === undefined || to === undefined) {
        return refuse(reply, 400, 'counts requires from, to and every');
      }
      return json(reply, await countPictures(store, { camera, every, from, to }));
    };
    const cameras: Answer = async (store, { person }, reply) =>
      json(reply, {
        cameras: await listCameras(store, path, node.cameras.name, (camera) => maySee(person, camera)),
        links: findLinks(servers.current()?.paths() ?? [], path),
        can: {
          delete: node.options.delete && (!person || mayDo(person, 'edit')),
          films: node.options.films && (!person || mayDo(person, 'operate')),
          download: maxDownload,
        },
      });
    /** The range of a camera by from and to; a string describes the error. */
    const rangeOf = (camera: string, request: HttpRequest): Range | string => {
      const query = readQuery(camera, request.url.split('?')[1] ?? '', maxLimit);
      if (typeof query === 'string') return query;
      const { from, to } = query;
      return from === undefined || to === undefined ? 'this requires from and to' : { camera, from, to };
    };
    const days: Answer = async (store, request, reply, { camera = '' }) => {
      if (!CAMERA_ID.test(camera)) return refuse(reply, 404, 'there is no such camera');
      const range = rangeOf(camera, request);
      const query = typeof range === 'string' ? range : readDays(request.url.split('?')[1] ?? '', range);
      if (typeof query === 'string') return refuse(reply, 400, query);
      return json(reply, { camera, days: await listDays(store, camera, query) });
    };
    const size: Answer = async (store, request, reply, { camera = '' }) => {
      const range = CAMERA_ID.test(camera) ? rangeOf(camera, request) : 'there is no such camera';
      if (typeof range === 'string') return refuse(reply, 400, range);
      return json(reply, { ...range, ...(await sizeOf(store, range, maxDownload)), most: maxDownload });
    };
    let zips = 0;
    const zip: Answer = async (store, request, reply, { camera = '' }) => {
      const range = CAMERA_ID.test(camera) ? rangeOf(camera, request) : 'there is no such camera';
      if (typeof range === 'string') return refuse(reply, 400, range);
      const counted = await sizeOf(store, range, maxDownload);
      if (counted.pictures === 0) return refuse(reply, 404, 'no picture of this camera is stored in this range');
      const wrong = tooLarge(counted, maxDownload);
      if (wrong !== undefined) return refuse(reply, 400, wrong);
      if (zips >= MAX_ZIPS) return refuse(reply, 503, 'too many downloads are running');
      zips++;
      reply.raw.once('close', () => zips--);
      return sendZip(reply, store, range);
    };
    const deleteAll: Answer = async (store, request, reply, { camera = '' }) => {
      if (isFromElsewhere(request.headers)) return foreign(reply);
      const range = CAMERA_ID.test(camera) ? rangeOf(camera, request) : 'there is no such camera';
      if (typeof range === 'string') return refuse(reply, 400, range);
      const deleted = await deleteRange(store, range, maxDownload);
      node.log.info('pictures were deleted', { ...range, deleted, by: request.ip });
      return json(reply, { ...range, deleted, most: maxDownload });
    };
    const deleteOne: Answer = async (store, request, reply, { id = '' }) => {
      if (isFromElsewhere(request.headers)) return foreign(reply);
      if (!(await isTheirs(store, id, request.person)) || !(await store.delete(id))) {
        return refuse(reply, 404, 'this picture is not stored');
      }
      node.log.info('a picture was deleted', { id, by: request.ip });
      return reply.code(204).send();
    };
    const picture: Answer = async (store, request, reply, { id = '' }) => {
      if (!(await isTheirs(store, id, request.person))) return refuse(reply, 404, 'this picture is not stored');
      if (node.options.links === 'direct') return redirect(store, id, node.options.link_for, reply);
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
      if (!(await isTheirs(store, id, request.person))) return refuse(reply, 404, 'this picture is not stored');
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
      {
        methods: ['GET'],
        path,
        page: 'History',
        cameras: 'none',
        handler: page('history.html', (text) => text.replaceAll('%BASE%', escapeHtml(base))),
      },
      ...['history.js', 'history.css', 'icon.svg'].map(
        (name): Route => ({ methods: ['GET'], path: `${path}/${name}`, cameras: 'none', handler: page(name) }),
      ),
      { methods: ['GET'], path: `${path}/cameras`, cameras: 'own', handler: ask(cameras) },
      { methods: ['GET'], path: `${path}/cameras/{camera}`, cameras: 'path', handler: ask(list) },
      { methods: ['GET'], path: `${path}/cameras/{camera}/counts`, cameras: 'path', handler: ask(count) },
      { methods: ['GET'], path: `${path}/cameras/{camera}/days`, cameras: 'path', handler: ask(days) },
      { methods: ['GET'], path: `${path}/cameras/{camera}/size`, cameras: 'path', handler: ask(size) },
      { methods: ['GET'], path: `${path}/cameras/{camera}/pictures.zip`, cameras: 'path', handler: ask(zip) },
      { methods: ['GET'], path: `${path}/pictures/{id*}`, cameras: 'own', handler: ask(picture) },
      { methods: ['GET'], path: `${path}/thumbnails/{id*}`, cameras: 'own', handler: ask(thumbnail) },
      ...(listPath === undefined
        ? []
        : [{ methods: ['GET' as const], path: listPath, cameras: 'path' as const, handler: ask(list) }]),
    ];
    if (node.options.delete) {
      const deletion = { methods: ['DELETE'], auth: 'always', role: 'edit' } as const;
      routes.push(
        { ...deletion, path: `${path}/cameras/{camera}`, cameras: 'path', handler: ask(deleteAll) },
        { ...deletion, path: `${path}/pictures/{id*}`, cameras: 'own', handler: ask(deleteOne) },
      );
    }
    if (node.options.films) {
      const films = await durableFilms(node, source);
      node.metrics.gauge('films_waiting', () => films.list().filter(({ is }) => is === 'waiting').length);
      routes.push(...filmRoutes(path, films, source.current));
    }
    servers.bind((server) => {
      const releases = routes.map((route) => server.route(route));
      return () => {
        for (const release of releases) release();
      };
    });
  },
});

/** True if this person sees the camera of the picture; false for a missing picture unless the person sees all cameras. */
async function isTheirs(store: Store, id: string, person: Person | undefined): Promise<boolean> {
  if (person?.cameras === undefined) return true;
  const kept = store.stat ? await store.stat(id) : await keptOf(store, id);
  return kept !== undefined && maySee(person, kept.camera);
}

async function keptOf(store: Store, id: string): Promise<Kept | undefined> {
  const found = await store.read(id);
  found?.body.destroy();
  return found?.kept;
}

/** Makes the browser fetch the picture from the store. A cache must not keep the URL longer than its signature. */
async function redirect(store: Store, id: string, forMs: number, reply: HttpReply): Promise<unknown> {
  if (!store.link || !store.stat) return refuse(reply, 503, 'the store supports no links; set links: "through"');
  if (!(await store.stat(id))) return refuse(reply, 404, 'this picture is not stored');
  const location = await store.link(id, forMs);
  return reply.code(302).headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).send();
}

const json = (reply: HttpReply, value: unknown): HttpReply =>
  reply
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify(value)}\n`);

const foreign = (reply: HttpReply): HttpReply =>
  json(reply.code(403), { status: 403, error: 'pages of another site cannot change anything' });

/** Sets the validators; true when the client has this version already (RFC 9110 §13.1.2). */
function isKnown(request: HttpRequest, reply: HttpReply, kept: Pick<Kept, 'id' | 'size'>, kind: string): boolean {
  const etag = `"${createHash('sha256').update(`${kind} ${kept.id} ${kept.size}`).digest('base64url').slice(0, 22)}"`;
  reply.headers({ etag, 'cache-control': `private, max-age=${MAX_AGE}`, 'x-content-type-options': 'nosniff' });
  const known = request.headers['if-none-match'];
  return (
    known !== undefined && (known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag))
  );
}
