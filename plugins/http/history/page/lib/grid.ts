// The grid: pictures of the visible part of the time line, or all cameras at the time of the current picture.

import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { getPictures, type Picture, thumbnailUrl } from './api.ts';
import { clockText } from './day.ts';
import type { Model } from './model.ts';
import { words } from './words.ts';

/** Most pictures or cameras of a grid. */
const MOST = 60;

interface Cell {
  readonly picture: Picture;
  readonly camera: string;
  readonly name: string | undefined;
}

export function Grid({ model, close }: { readonly model: Model; close(): void }) {
  const { camera, view, cameras, shown } = model.state();
  const [kind, setKind] = useState<'pictures' | 'cameras'>('pictures');
  const [cells, setCells] = useState<readonly Cell[]>([]);
  const time = shown?.timestamp;

  useEffect(() => {
    let isCurrent = true;
    const load = kind === 'pictures' ? ofView(camera, view.from, view.to) : ofCameras(cameras, time ?? view.to);
    load.then(
      (found) => isCurrent && setCells(found),
      (cause) => isCurrent && model.complain(cause),
    );
    return () => {
      isCurrent = false;
    };
  }, [kind, camera, view.from, view.to, kind === 'cameras' ? time : 0]);

  const open = ({ picture, camera: of }: Cell): void => {
    close();
    if (of === camera) void model.show(picture);
    else model.openAt(of, picture.timestamp);
  };
  return html`<section id="grid" class="grid" aria-label=${words.grid}>
    <div class="kinds" role="group" aria-label=${words.grid}>
      ${(['pictures', 'cameras'] as const).map(
        (one) =>
          html`<button type="button" aria-pressed=${String(kind === one)} onClick=${() => setKind(one)}>${words.gridOf[one]}</button>`,
      )}
    </div>
    <ul>
      ${cells.map(
        (cell) =>
          html`<li key=${cell.picture.id}>
            <button type="button" aria-current=${String(cell.picture.id === shown?.id)} onClick=${() => open(cell)}>
              <img src=${thumbnailUrl(cell.picture.id)} alt="" loading="lazy" />
              <span>${cell.name ?? ''} ${clockText(cell.picture.timestamp)}</span>
            </button>
          </li>`,
      )}
    </ul>
  </section>`;
}

/** All pictures if there are few, otherwise one of each interval between the first and the last. */
async function ofView(camera: string, from: number, to: number): Promise<readonly Cell[]> {
  const found = await getPictures(camera, { from, to, order: 'oldest-first', limit: MOST + 1 });
  return (found.length > MOST ? await spread(camera, from, to, found) : found).map((picture) => ({
    picture,
    camera,
    name: undefined,
  }));
}

async function spread(
  camera: string,
  from: number,
  to: number,
  [first]: readonly Picture[],
): Promise<readonly Picture[]> {
  const [last] = await getPictures(camera, { from, to, order: 'newest-first', limit: 1 });
  const start = first?.timestamp ?? from;
  const end = (last?.timestamp ?? to) + 1;
  const every = `${Math.ceil((end - start) / MOST)}ms`;
  return getPictures(camera, { from: start, to: end, order: 'oldest-first', limit: MOST, every });
}

async function ofCameras(
  cameras: readonly { readonly camera: string; readonly name: string }[],
  time: number,
): Promise<readonly Cell[]> {
  const cells = await Promise.all(
    cameras.slice(0, MOST).map(async ({ camera, name }) => {
      const [picture] = await getPictures(camera, { to: time + 1, order: 'newest-first', limit: 1 });
      return picture ? [{ picture, camera, name }] : [];
    }),
  );
  return cells.flat();
}
