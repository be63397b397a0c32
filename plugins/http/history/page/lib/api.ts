// The history page's requests; paths are relative to its own script, which works behind a proxy.

import type { FilmJob } from '../../films.ts';
import type { Links } from '../../links.ts';
import { words } from './words.ts';

export interface Picture {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

export interface Camera {
  readonly camera: string;
  readonly name: string;
  readonly oldest: Picture;
  readonly newest: Picture;
}

/** The user's permissions, and the most pictures of one download. */
export interface Can {
  readonly delete: boolean;
  readonly films: boolean;
  readonly download: number;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface RangeSize {
  readonly pictures: number;
  readonly bytes: number;
  /** Larger ranges are neither downloaded nor deleted. */
  readonly most: number;
}

export type Film = FilmJob;

export interface Overview {
  readonly cameras: readonly Camera[];
  readonly links: Links;
  readonly can: Can;
}

export interface Counts {
  /** Pictures per interval. */
  readonly counts: readonly number[];
}

export type Query = Readonly<Record<string, string | number>>;

const here = (path: string): string => new URL(path, import.meta.url).href;

async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const response = await fetch(here(path), { ...options, headers: { accept: 'application/json' } }).catch(() => {
    throw new Error(words.noAnswer);
  });
  if (response.status === 401) throw new Error(words.login);
  if (!response.ok) throw new Error(words.answers(response.status));
  return response;
}

const get = async <T>(path: string): Promise<T> => (await (await ask(path)).json()) as T;

const ofCamera = (camera: string, query: Query, more = ''): string => {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return `cameras/${encodeURIComponent(camera)}${more}?${search}`;
};

export const getOverview = (): Promise<Overview> => get<Overview>('cameras');

export const getPictures = async (camera: string, query: Query): Promise<readonly Picture[]> =>
  (await get<{ pictures: Picture[] }>(ofCamera(camera, query))).pictures;

export const getCounts = async (camera: string, query: Query): Promise<readonly number[]> =>
  (await get<Counts>(ofCamera(camera, query, '/counts'))).counts;

export const getDays = async (camera: string, query: Query): Promise<readonly string[]> =>
  (await get<{ days: string[] }>(ofCamera(camera, query, '/days'))).days;

const rangeOf = (camera: string, { from, to }: Range, more = ''): string => ofCamera(camera, { from, to }, more);
export const getSize = (camera: string, range: Range): Promise<RangeSize> => get(rangeOf(camera, range, '/size'));
export const zipUrl = (camera: string, range: Range): string => here(rangeOf(camera, range, '/pictures.zip'));
/** Returns the number of deleted pictures. */
export const deleteRange = async (camera: string, range: Range): Promise<number> => {
  const answer = await ask(rangeOf(camera, range), { method: 'DELETE' });
  return ((await answer.json()) as { deleted: number }).deleted;
};

export const getFilms = async (): Promise<readonly Film[]> => (await get<{ films: Film[] }>('films')).films;
export const addFilm = async (film: Range & { readonly camera: string }): Promise<void> =>
  void (await ask('films', { method: 'POST', body: JSON.stringify(film) }));
export const deleteFilm = async (id: string): Promise<void> => void (await ask(`films/${id}`, { method: 'DELETE' }));
export const filmUrl = (id: string): string => here(`films/${id}`);

/** False also when the request fails. */
export const exists = async (url: string): Promise<boolean> =>
  fetch(url, { method: 'HEAD' }).then(
    ({ ok }) => ok,
    () => false,
  );

const escaped = (id: string): string => id.split('/').map(encodeURIComponent).join('/');
export const pictureUrl = (id: string): string => here(`pictures/${escaped(id)}`);
export const thumbnailUrl = (id: string): string => here(`thumbnails/${escaped(id)}`);
/** `template`: a value of `Links`. */
export const linkUrl = (template: string, camera = ''): string =>
  here(template.replaceAll('{camera}', encodeURIComponent(camera)));
