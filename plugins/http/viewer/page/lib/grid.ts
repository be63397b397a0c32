// All cameras on one screen, as large as they fit; arrow keys move between them.

import { html } from 'htm/preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CameraCard } from '../../wire.ts';
import { ageText } from './age.ts';
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
  /** The camera to focus after returning from its single view. */
  readonly from: string | undefined;
}

/** Pixels, as in viewer.css. */
const CAPTION = 36;
const GAP = 16;

export function Grid({ cameras, from, ...props }: GridProps) {
  const list = useRef<HTMLUListElement>(null);
  const [shape, setShape] = useState({ columns: 1, tile: 320 });

  useLayoutEffect(() => {
    const fit = (): void => {
      const element = list.current;
      if (!element) return;
      const top = element.getBoundingClientRect().top + scrollY;
      const height = innerHeight - top - GAP;
      setShape(layout(cameras.length, { width: element.clientWidth, height, gap: GAP, caption: CAPTION }));
    };
    fit();
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [cameras.length]);

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
    ${cameras.map((camera) => html`<li key=${camera.n}><${Tile} camera=${camera} ...${props} /></li>`)}
  </ul>`;
}

const links = (list: HTMLUListElement | null): HTMLAnchorElement[] => [...(list?.querySelectorAll('a') ?? [])];

function Tile({ camera, place, pictures, watching }: ViewProps & { readonly camera: CameraCard }) {
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
  </a>`;
}
