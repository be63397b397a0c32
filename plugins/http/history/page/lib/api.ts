// What the history page asks of the server. Paths are relative to the page's own script, so that proxies may move it.

export interface Picture {
  readonly id: string;
  readonly timestamp: number;
}

export interface CameraRange {
  readonly camera: string;
  readonly oldest: Picture;
  readonly newest: Picture;
}

const here = (path: string): string => new URL(path, import.meta.url).href;

async function get<T>(path: string): Promise<T> {
  const response = await fetch(here(path), { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return (await response.json()) as T;
}

export const cameras = async (): Promise<readonly CameraRange[]> =>
  (await get<{ cameras: CameraRange[] }>('cameras')).cameras;

export async function pictures(
  camera: string,
  query: Readonly<Record<string, string | number>>,
): Promise<readonly Picture[]> {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return (await get<{ pictures: Picture[] }>(`cameras/${encodeURIComponent(camera)}?${search}`)).pictures;
}

const escaped = (id: string): string => id.split('/').map(encodeURIComponent).join('/');
export const pictureUrl = (id: string): string => here(`pictures/${escaped(id)}`);
export const thumbnailUrl = (id: string): string => here(`thumbnails/${escaped(id)}`);
