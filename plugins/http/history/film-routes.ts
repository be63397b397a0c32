// The routes of films: request one, read its progress, watch it, delete it.

import { CAMERA_ID } from '../../../core/base/formats.ts';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import type { Person, Route, Store } from '../../../core/contract/plugin.ts';
import { readBody } from '../../kit/http/body.ts';
import { json, message } from '../../kit/http/json.ts';
import { isFromElsewhere } from '../../kit/http/origin.ts';
import { maySee } from '../../kit/http/people.ts';
import type { Films } from './films.ts';
import { type Range, sizeOf } from './range.ts';

const MAX_BODY = 4096;
/** Most pictures of one film. */
export const MAX_PICTURES = 1_000_000;

export function filmRoutes(path: string, films: Films, store: () => Store | undefined): Route[] {
  const isTheirs = (id: string, person: Person | undefined): boolean =>
    films.list().some((film) => film.id === id && maySee(person, film.camera));
  const change =
    (handle: Route['handler']): Route['handler'] =>
    (request, reply, params) =>
      isFromElsewhere(request.headers)
        ? message(reply, 403, 'pages of another site cannot change anything')
        : handle(request, reply, params);

  const add = async (request: HttpRequest, reply: HttpReply): Promise<unknown> => {
    const film = readFilm((await readBody(request, MAX_BODY)).toString('utf8'));
    if (!film)
      return message(reply, 400, 'a film needs camera, from and to (ms), and may have fps (1-120) and width (16-3840)');
    if (!maySee(request.person, film.camera))
      return message(reply, 404, 'no picture of this camera is stored in this range');
    const from = store();
    if (!from) return message(reply, 503, 'the store is not running');
    const { pictures } = await sizeOf(from, film, MAX_PICTURES);
    if (pictures === 0) return message(reply, 404, 'no picture of this camera is stored in this range');
    if (pictures > MAX_PICTURES) return message(reply, 413, `a film has at most ${MAX_PICTURES} pictures`);
    const job = await films.add({ ...film, total: pictures });
    return job
      ? json(reply, 202, job)
      : message(reply.header('retry-after', '60'), 503, 'too many films are waiting or stored');
  };
  const watch: Route['handler'] = async (request, reply, { id = '' }) => {
    const film = isTheirs(id, request.person) ? await films.open(id) : undefined;
    if (!film) return message(reply, 404, 'there is no such film');
    const { from, to, isPart } = rangeOf(request.headers.range, film.size);
    if (from > to)
      return message(reply.header('content-range', `bytes */${film.size}`), 416, 'this range is not in the film');
    reply
      .code(isPart ? 206 : 200)
      .headers({ 'accept-ranges': 'bytes', 'content-length': to - from + 1, 'cache-control': 'private, no-cache' })
      .type('video/mp4');
    if (isPart) reply.header('content-range', `bytes ${from}-${to}/${film.size}`);
    return request.method === 'HEAD' ? reply.send() : reply.send(film.stream(from, to));
  };
  return [
    {
      methods: ['GET'],
      path: `${path}/films`,
      cameras: 'own',
      handler: ({ person }, reply) =>
        json(reply, 200, { films: films.list().filter(({ camera }) => maySee(person, camera)) }),
    },
    { methods: ['POST'], path: `${path}/films`, auth: 'always', cameras: 'own', handler: change(add) },
    { methods: ['GET'], path: `${path}/films/{id}`, cameras: 'own', handler: watch },
    {
      methods: ['DELETE'],
      path: `${path}/films/{id}`,
      auth: 'always',
      cameras: 'own',
      role: 'edit',
      handler: change(async ({ person }, reply, { id = '' }) =>
        isTheirs(id, person) && (await films.remove(id))
          ? reply.code(204).send()
          : message(reply, 404, 'there is no such film'),
      ),
    },
  ];
}

function readFilm(text: string): (Range & { readonly fps: number; readonly width: number }) | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null || !('camera' in body) || !('from' in body) || !('to' in body))
    return undefined;
  const { camera, from, to } = body;
  const fps = 'fps' in body ? body.fps : 25;
  const width = 'width' in body ? body.width : 1280;
  if (typeof camera !== 'string' || !CAMERA_ID.test(camera)) return undefined;
  if (typeof from !== 'number' || typeof to !== 'number' || !(from < to)) return undefined;
  return isBetween(fps, 1, 120) && isBetween(width, 16, 3840) ? { camera, from, to, fps, width } : undefined;
}

const isBetween = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

/** One range of bytes, which players request when they seek (RFC 9110 §14.2). */
function rangeOf(header: string | undefined, size: number): { from: number; to: number; isPart: boolean } {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return { from: 0, to: size - 1, isPart: false };
  if (first === '') return { from: Math.max(0, size - Number(last)), to: size - 1, isPart: true };
  return { from: Number(first), to: last === '' ? size - 1 : Math.min(Number(last), size - 1), isPart: true };
}
