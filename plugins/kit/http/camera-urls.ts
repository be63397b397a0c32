// Reports the URLs and viewers of each camera that a node serves over HTTP.

import type { CameraReport, Ref, Server } from '../../../core/contract/plugin.ts';

export interface Served {
  readonly on: Ref<Server>;
  /** Name of the resource → path, with {camera} where one path serves several cameras. */
  readonly paths: Readonly<Record<string, string>>;
  cameras(): readonly string[];
  /** The camera at paths without {camera}. */
  only(): string | undefined;
  viewers?(camera: string): number;
}

export function* reportServed({
  on,
  paths,
  cameras,
  only,
  viewers,
}: Served): Iterable<readonly [string, CameraReport]> {
  const origin = on.current()?.origin;
  const single = only();
  for (const camera of cameras()) {
    const shown = Object.entries(paths).filter(([, path]) => path.includes('{camera}') || camera === single);
    if (shown.length === 0) continue;
    // A unix socket has no URL.
    const urls = origin?.startsWith('http')
      ? Object.fromEntries(shown.map(([name, path]) => [name, `${origin}${path.replaceAll('{camera}', camera)}`]))
      : {};
    yield [camera, { urls, ...(viewers ? { viewers: viewers(camera) } : {}) }];
  }
}
