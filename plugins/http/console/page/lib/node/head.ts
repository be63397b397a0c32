// The head of the page of a node: state, reason and actions.

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { NodeDetail, NodeStatusLine, Picture } from '../../../api.ts';
import type { Console } from '../start.ts';
import { durationText, placeText, State } from '../states.ts';
import { say, time } from '../words.ts';

interface HeadProps {
  readonly detail: NodeDetail;
  readonly status: NodeStatusLine;
  readonly now: number;
  readonly site: Console;
}

export function Head({ detail, status, now, site }: HeadProps) {
  const { id, use, summary, place } = detail;
  const { state, lastError } = status;
  const retry =
    'retryAt' in state && state.retryAt !== undefined ? ` ${say('node.retry', { time: time(state.retryAt) })}` : '';
  return html`<section class="node-head" aria-labelledby="name">
    <p><a href=${site.href('graph')}>← ${say('nav.graph')}</a></p>
    <div class="title">
      <h1 id="name">${id}</h1>
      ${site.may('operate') && html`<${Actions} detail=${detail} site=${site} />`}
    </div>
    <p class="hint">
      <code>${use}</code> <span lang="en">${summary}</span>
      ${place && html` <code class="place">${placeText(place)}</code>`}
    </p>
    <p>
      <${State} is=${state.is} />
      <span class="hint"> ${say('node.since', { time: durationText(Math.max(0, now - state.since)) })}</span>
    </p>
    ${'why' in state && html`<p class="lost"><span lang="en">${state.why}</span>${retry}</p>`}
    ${!('why' in state) && lastError !== undefined && html`<p class="hint">${say('node.last-error')} <span lang="en">${lastError}</span></p>`}
  </section>`;
}

function Actions({ detail, site }: { readonly detail: NodeDetail; readonly site: Console }) {
  const { id, captures, cameras } = detail;
  const path = `nodes/${encodeURIComponent(id)}`;
  const [busy, setBusy] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const [picture, setPicture] = useState<Picture>();
  const work = async (task: () => Promise<void>): Promise<void> => {
    setBusy(true);
    await site.attempt(task);
    setBusy(false);
  };
  const restart = (): Promise<void> =>
    work(async () => {
      setConfirming(false);
      await site.api.post(`${path}/restart`, {});
      site.notify(say('node.restarted', { id }));
    });
  const capture = (camera: string): Promise<void> =>
    work(async () => {
      site.notify(say('node.capturing'));
      setPicture(await site.api.post<Picture>(`${path}/capture`, { camera }));
      site.notify(say('node.captured'));
    });
  return html`<div class="buttons" aria-busy=${busy}>
      ${
        captures &&
        cameras.map(
          (camera) => html`<button key=${camera} type="button" disabled=${busy} onClick=${() => void capture(camera)}>
            ${cameras.length === 1 ? say('node.capture') : say('node.capture-of', { camera })}
          </button>`,
        )
      }
      ${
        confirming
          ? html`<button type="button" class="main" disabled=${busy} onClick=${restart}>${say('node.restart-sure')}</button>
              <button type="button" onClick=${() => setConfirming(false)}>${say('cancel')}</button>`
          : html`<button type="button" disabled=${busy} onClick=${() => setConfirming(true)}>${say('node.restart')}</button>`
      }
    </div>
    ${
      picture &&
      html`<figure class="captured">
        <img src=${picture.data} width=${picture.width} height=${picture.height} alt=${say('node.captured-of', { camera: picture.camera })} />
        <figcaption class="hint">
          ${time(picture.time)} · ${picture.width} × ${picture.height}
          <button type="button" onClick=${() => setPicture(undefined)}>${say('close')}</button>
        </figcaption>
      </figure>`
    }`;
}
