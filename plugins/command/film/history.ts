// The pictures that a running camd serves by http/history.

import { environment } from '../../../core/contract/problems.ts';
import { type FilmPictures, MAX_PICTURE } from '../../kit/film/film.ts';
import type { Source } from './source.ts';

/** Timeout of one answer in milliseconds. */
const TIMEOUT = 60_000;

/** `page`: the URL of the history page. */
export function historyPictures(
  page: URL,
  { camera, from, to, authorization }: Source,
  signal: AbortSignal,
): FilmPictures {
  const base = page.href.replace(/\/?(\?.*)?$/, '');
  const ask = async (path: string): Promise<Response> => {
    const bound = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
    const headers = authorization === undefined ? {} : { authorization };
    return fetch(`${base}/${path}`, { headers, signal: bound }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw environment('no-answer', `${page.host} does not answer.`, cause);
    });
  };
  return {
    async list(after, limit) {
      const query = new URLSearchParams({ order: 'oldest-first', limit: String(limit) });
      if (from !== undefined) query.set('from', String(from));
      if (to !== undefined) query.set('to', String(to));
      if (after !== undefined) query.set('cursor', after);
      const answer = await ask(`cameras/${encodeURIComponent(camera ?? '')}?${query}`);
      if (!answer.ok)
        throw environment('bad-status', `${page.host} answered with status ${answer.status} for the list of pictures.`);
      const { pictures } = (await answer.json()) as { readonly pictures: readonly { readonly id: string }[] };
      return pictures.map(({ id }) => id);
    },
    async read(id) {
      const answer = await ask(`pictures/${id.split('/').map(encodeURIComponent).join('/')}`);
      if (answer.status === 404) return undefined;
      if (!answer.ok)
        throw environment('bad-status', `${page.host} answered with status ${answer.status} for a picture.`);
      if (Number(answer.headers.get('content-length')) > MAX_PICTURE) {
        await answer.body?.cancel();
        return undefined;
      }
      return Buffer.from(await answer.arrayBuffer());
    },
  };
}
