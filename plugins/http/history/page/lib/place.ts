// Camera and time in the page's URL, so that it can be reloaded, shared and revisited.

export interface Place {
  /** The value when the page was opened. */
  readonly camera: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number | undefined;
  write(camera: string, at: number): void;
}

/** Milliseconds before the URL changes: browsers ignore changes that are too frequent. */
const CALM = 300;

export function createPlace(): Place {
  const search = new URLSearchParams(location.search);
  const at = Date.parse(search.get('at') ?? '');
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    camera: search.get('camera') ?? undefined,
    at: Number.isNaN(at) ? undefined : at,
    write(camera, time) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const query = new URLSearchParams({ camera, at: new Date(time).toISOString() });
        history.replaceState(null, '', `?${query}`);
      }, CALM);
    },
  };
}
