// All cameras on one screen, as large as they fit; arrow keys move between them.

import { html } from 'htm/preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ageText } from '../../../../kit/page/shared/age.ts';
import { type ScreenState, screenText, useScreenStates } from '../../../../kit/page/shared/screen-states.ts';
import type { CameraCard, Links } from '../../wire.ts';
import { layout, step } from './layout.ts';
import type { Pictures } from './pictures.ts';
import type { Place } from './place.ts';
import { useScreen } from './screen.ts';
import type { Watching } from './watching.ts';
import { notice, STATE } from './words.ts';

export interface ViewProps {
  readonly place: Place;
  readonly pictures: Pictures;
  readonly watching: Watching;
}

interface GridProps extends ViewProps {
  readonly cameras: readonly CameraCard[];
  readonly links: Links;
  /** The camera to focus after returning from its single view. */
  readonly from: string | undefined;
}

/** Pixels, as in viewer.css. */
const CAPTION = 36;
const SCREEN = 20;
const GAP = 16;

export function Grid({ cameras, links: urls, from, ...props }: GridProps) {
  const list = useRef<HTMLUListElement>(null);
  const [shape, setShape] = useState({ columns: 1, tile: 320 });
  const screens = useScreenStates(urls.screens === undefined ? undefined : props.place.outside(urls.screens, ''));
  const caption = urls.screens === undefined ? CAPTION : CAPTION + SCREEN;

  useLayoutEffect(() => {
    const fit = (): void => {
      const element = list.current;
      if (!element) return;
      const top = element.getBoundingClientRect().top + scrollY;
      const height = innerHeight - top - GAP;
      setShape(layout(cameras.length, { width: element.clientWidth, height, gap: GAP, caption }));
    };
    fit();
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [cameras.length, caption]);

  useEffect(() => {
    const tile = from === undefined ? undefined : cameras.findIndex(({ id }) => id === from);
    if (tile !== undefined) links(list.current)[tile]?.focus();
  }, []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
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

  return html`<ul class="grid" ref=${list}>
    ${cameras.map((camera) => html`<li key=${camera.n}><${Tile} camera=${camera} screen=${screens.get(camera.id)} ...${props} /></li>`)}
  </ul>`;
}

const links = (list: HTMLUListElement | null): HTMLAnchorElement[] => [...(list?.querySelectorAll('a') ?? [])];

interface TileProps extends ViewProps {
  readonly camera: CameraCard;
  readonly screen: ScreenState | undefined;
}

function Tile({ camera, screen, place, pictures, watching }: TileProps) {
  const canvas = useScreen(camera.n, pictures, watching);
  const age = pictures.age(camera.n);
  const said = notice(camera.state, age !== undefined);
  const open = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    place.go(camera.id);
  };
  return html`<a class="tile" href=${place.href(camera.id)} data-state=${camera.state} onClick=${open}>
    <span class="picture">
      <canvas ref=${canvas} width="16" height="9" aria-hidden="true"></canvas>
      ${said && html`<span class="notice" aria-hidden="true">${said}</span>`}
    </span>
    <span class="caption">
      <span class="dot" aria-hidden="true"></span>
      <span class="name">${camera.name}</span>
      <span class="hidden">, ${STATE[camera.state]}, </span>
      <span class="age">${age === undefined ? '' : ageText(age)}</span>
    </span>
    ${screen && html`<span class="screen">${screenText(screen, Date.now())}</span>`}
  </a>`;
}
