// The history page's requests; paths are relative to its own script, so that it works behind a proxy.

import type { Links } from '../../links.ts';

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

export interface Overview {
  readonly cameras: readonly Camera[];
  readonly links: Links;
}

export interface Counts {
  /** Pictures per interval. */
  readonly counts: readonly number[];
}

export type Query = Readonly<Record<string, string | number>>;

const here = (path: string): string => new URL(path, import.meta.url).href;

async function get<T>(path: string): Promise<T> {
  const response = await fetch(here(path), { headers: { accept: 'application/json' } }).catch(() => {
    throw new Error('The server does not answer.');
  });
  if (response.status === 401) throw new Error('The server asks for a password: load the page again to log in.');
  if (!response.ok) throw new Error(`The server answers ${response.status}.`);
  return (await response.json()) as T;
}

const ofCamera = (camera: string, query: Query, more = ''): string => {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return `cameras/${encodeURIComponent(camera)}${more}?${search}`;
};

export const getOverview = (): Promise<Overview> => get<Overview>('cameras');

export const getPictures = async (camera: string, query: Query): Promise<readonly Picture[]> =>
  (await get<{ pictures: Picture[] }>(ofCamera(camera, query))).pictures;

export const getCounts = async (camera: string, query: Query): Promise<readonly number[]> =>
  (await get<Counts>(ofCamera(camera, query, '/counts'))).counts;

/** False also when it is unknown. */
export const exists = async (url: string): Promise<boolean> =>
  fetch(url, { method: 'HEAD' }).then(
    ({ ok }) => ok,
    () => false,
  );

const escaped = (id: string): string => id.split('/').map(encodeURIComponent).join('/');
export const pictureUrl = (id: string): string => here(`pictures/${escaped(id)}`);
export const thumbnailUrl = (id: string): string => here(`thumbnails/${escaped(id)}`);
/** `template`: one of `Links`. */
export const linkUrl = (template: string, camera = ''): string =>
  here(template.replaceAll('{camera}', encodeURIComponent(camera)));
