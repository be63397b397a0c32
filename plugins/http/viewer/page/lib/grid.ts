// All cameras on one screen, as large as they fit; arrow keys move between them.

import { html } from 'htm/preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useScreenStates } from '../../../../kit/page/shared/screen-states.ts';
import type { CameraCard, Links } from '../../wire.ts';
import { layout, step } from './layout.ts';
import type { Model } from './model.ts';
import type { Pictures } from './pictures.ts';
import type { Place } from './place.ts';
import type { Preferences } from './preferences.ts';
import { Tile } from './tile.ts';
import type { Watching } from './watching.ts';

export interface ViewProps {
  readonly model: Model;
  readonly place: Place;
  readonly pictures: Pictures;
  readonly watching: Watching;
  readonly preferences: Preferences;
}

interface GridProps extends ViewProps {
  readonly cameras: readonly CameraCard[];
  readonly links: Links;
  /** The camera to focus after returning from its single view. */
  readonly from: string | undefined;
  readonly isArranging: boolean;
}

/** Pixels, as in viewer.css. */
const CAPTION = 36;
const SCREEN = 20;
const TOOLS = 44;
const GAP = 16;

export function Grid({ cameras, links: urls, from, isArranging, ...props }: GridProps) {
  const list = useRef<HTMLUListElement>(null);
  const [shape, setShape] = useState({ columns: 1, tile: 320 });
  const screens = useScreenStates(urls.screens === undefined ? undefined : props.place.outside(urls.screens, ''));
  const caption = CAPTION + (urls.screens === undefined ? 0 : SCREEN) + (isArranging ? TOOLS : 0);
  const { columns } = props.preferences.current();

  useLayoutEffect(() => {
    const fit = (): void => {
      const element = list.current;
      if (!element) return;
      const top = element.getBoundingClientRect().top + scrollY;
      const height = innerHeight - top - GAP;
      setShape(layout(cameras.length, { width: element.clientWidth, height, gap: GAP, caption }, columns));
    };
    fit();
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [cameras.length, caption, columns]);

  useEffect(() => {
    const tile = from === undefined ? undefined : cameras.findIndex(({ id }) => id === from);
    if (tile !== undefined) links(list.current)[tile]?.focus();
  }, []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      // Fields use arrow keys themselves.
      if (event.target instanceof Element && event.target.closest('select, input')) return;
      const all = links(list.current);
      const at = all.indexOf(document.activeElement as HTMLAnchorElement);
      const to =
        at < 0 ? (event.key.startsWith('Arrow') ? 0 : undefined) : step(event.key, at, all.length, shape.columns);
      if (to === undefined) return;
      event.preventDefault();
      all[to]?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [shape.columns]);

  useLayoutEffect(() => {
    list.current?.style.setProperty('--columns', String(shape.columns));
    list.current?.style.setProperty('--tile', `${shape.tile}px`);
  });

  const shown = cameras.map(({ id }) => id);
  return html`<ul class="grid" ref=${list}>
    ${cameras.map(
      (camera) =>
        html`<li key=${camera.n}>
          <${Tile} camera=${camera} screen=${screens.get(camera.id)} shown=${shown} isArranging=${isArranging} ...${props} />
        </li>`,
    )}
  </ul>`;
}

const links = (list: HTMLUListElement | null): HTMLAnchorElement[] => [...(list?.querySelectorAll('a') ?? [])];
