// One camera, as large as the screen allows, with its details and a link back.

import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { ageText } from '../../../../kit/page/shared/age.ts';
import { toggleFullScreen } from '../../../../kit/page/shared/full-screen.ts';
import { screenText, useScreenStates } from '../../../../kit/page/shared/screen-states.ts';
import { useZoom } from '../../../../kit/page/shared/zoom.ts';
import type { CameraCard, Links } from '../../wire.ts';
import { Addresses } from './addresses.ts';
import { CaptureButton } from './capture-button.ts';
import { Corner } from './corner.ts';
import { download } from './download.ts';
import type { ViewProps } from './grid.ts';
import { useScreen } from './screen.ts';
import { notice, rateText, reasonOf, sizeText, words } from './words.ts';

interface SingleProps extends ViewProps {
  readonly camera: CameraCard;
  readonly cameras: readonly CameraCard[];
  readonly links: Links;
  /** False if the page was loaded in this view, because then the browser sets the focus. */
  readonly moved: boolean;
}

export function Single({ camera, cameras, links, moved, model, place, pictures, watching }: SingleProps) {
  const canvas = useScreen(camera.n, pictures, watching);
  const heading = useRef<HTMLHeadingElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const zoom = useZoom(stage, camera.n);
  const at = cameras.indexOf(camera);
  const before = cameras[at - 1];
  const after = cameras[at + 1];
  const goTo =
    (id: string | undefined) =>
    (event: Event): void => {
      if (event instanceof MouseEvent && (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0))
        return;
      event.preventDefault();
      place.go(id);
    };
  const fullscreen = (): void => toggleFullScreen(stage.current);

  useEffect(() => {
    if (moved) heading.current?.focus();
  }, [camera.n]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target instanceof Element && event.target.closest('input')) return;
      if (event.key === 'Escape' && !document.fullscreenElement) place.go(undefined);
      else if (event.key === 'ArrowLeft' && before) place.go(before.id);
      else if (event.key === 'ArrowRight' && after) place.go(after.id);
      else if (event.key === 'f') fullscreen();
      else if (!zoom.key(event.key)) return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [before?.id, after?.id]);

  const states = useScreenStates(links.state === undefined ? undefined : place.outside(links.state, camera.id));
  const state = states.get(camera.id);
  const screen = state && screenText(state, Date.now());
  const shown = pictures.shown(camera.n);
  const age = pictures.age(camera.n);
  const ageLabel = age === undefined ? undefined : ageText(age);
  const overlay = notice(camera.state, shown !== undefined, model.link().is === 'lost');
  const reason = reasonOf(camera, ageLabel);
  const snapshot = links.snapshot === undefined ? undefined : place.outside(links.snapshot, camera.id);
  const stream = links.stream === undefined ? undefined : place.outside(links.stream, camera.id);
  const addresses = [
    [words.thisPage, new URL(place.href(camera.id), location.href).href],
    ...(snapshot === undefined ? [] : [[words.snapshot, snapshot]]),
    ...(stream === undefined ? [] : [[words.stream, stream]]),
  ];
  const neighbour = (to: CameraCard | undefined, text: string, label: (name: string) => string) =>
    to &&
    html`<a class="button" href=${place.href(to.id)} onClick=${goTo(to.id)} aria-label=${label(to.name)}>${text}</a>`;

  return html`<section class="single" aria-labelledby="name" data-state=${camera.state}>
    <header class="heading">
      <a class="button" href=${place.href()} onClick=${goTo(undefined)}>${words.allCameras}</a>
      <h1 id="name" tabindex="-1" ref=${heading}>${camera.name}</h1>
      <nav aria-label=${words.neighbours}>${neighbour(before, '←', words.previous)}${neighbour(after, '→', words.next)}</nav>
    </header>
    <div class="picture" ref=${stage}>
      <canvas ref=${canvas} width="16" height="9" role="img" aria-label=${words.livePicture(camera.name)}></canvas>
      ${overlay && html`<span class="notice" aria-hidden="true">${overlay}</span>`}
      <${Corner} shown=${shown} quality=${model.quality()} />
    </div>
    <div class="facts">
      <span><span class="dot" aria-hidden="true"></span>${words.state[camera.state]}</span>
      ${ageLabel !== undefined && html`<span class="age">${ageLabel}</span>`}
      ${reason && html`<span class="reason" lang=${reason.lang}>${reason.text}</span>`}
      ${screen !== undefined && html`<span class="screen">${screen}</span>`}
      ${shown && html`<span>${shown.width} × ${shown.height}</span>`}
      ${shown && camera.state === 'live' && shown.rate > 0 && html`<span>${sizeText(shown.bytes)} × ${rateText(shown.rate)}</span>`}
      <span class="actions">
        ${links.history && html`<a href=${place.outside(links.history, camera.id)}>${words.history}</a>`}
        ${snapshot && html`<a href=${snapshot}>${words.snapshot}</a>`}
        ${stream && html`<a href=${stream}>${words.stream}</a>`}
        ${links.capture && html`<${CaptureButton} url=${place.outside(links.capture, camera.id)} />`}
        <button id="download" type="button" disabled=${!shown} onClick=${() => download(pictures, camera.n, camera.name, snapshot)}>
          ${words.download}
        </button>
        <button type="button" title=${words.fullScreenHint} aria-keyshortcuts="f" onClick=${fullscreen}>${words.fullScreen}</button>
      </span>
    </div>
    <${Addresses} addresses=${addresses} />
  </section>`;
}
