// Searches for cameras in the place that the user clicks, and lists them. It never scans without a click.

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { CameraDraft, Find, FoundCamera } from '../../../api.ts';
import type { Console } from '../start.ts';
import { count, say } from '../words.ts';

const PLACES: readonly Find['where'][] = ['usb', 'pi', 'mdns', 'onvif'];

interface FinderProps {
  readonly site: Console;
  readonly chosen: CameraDraft | undefined;
  readonly onChoose: (draft: CameraDraft) => void;
}

export function Finder({ site, chosen, onChoose }: FinderProps) {
  const [looking, setLooking] = useState<Find['where']>();
  const [found, setFound] = useState<{ readonly where: Find['where']; readonly cameras: readonly FoundCamera[] }>();
  const find = async (where: Find['where']): Promise<void> => {
    setLooking(where);
    await site.attempt(async () => {
      const cameras = await site.api.post<readonly FoundCamera[]>('cameras/find', { where } satisfies Find);
      setFound({ where, cameras });
      site.notify(count('camera.found', cameras.length));
    });
    setLooking(undefined);
  };
  return html`<div class="stack">
    <section class="panel" aria-labelledby="where">
      <h2 id="where">${say('camera.where')}</h2>
      <ul class="places">
        ${PLACES.map(
          (where) => html`<li key=${where}>
            <button type="button" disabled=${looking !== undefined} aria-describedby=${`what-${where}`} onClick=${() => void find(where)}>
              ${say(`find.${where}`)}
            </button>
            <p class="hint" id=${`what-${where}`}>${say(looking === where ? 'camera.looking' : `find.${where}.what`)}</p>
          </li>`,
        )}
      </ul>
    </section>
    ${
      found &&
      html`<section class="panel" aria-labelledby="found">
        <h2 id="found">${count('camera.found', found.cameras.length)}</h2>
        ${found.cameras.length === 0 && html`<p class="hint">${say('camera.none')}</p>`}
        <ul class="rows">
          ${found.cameras.map((camera) => html`<li key=${camera.at}><${Found} camera=${camera} chosen=${camera.draft === chosen} site=${site} onChoose=${onChoose} /></li>`)}
        </ul>
      </section>`
    }
  </div>`;
}

interface FoundProps {
  readonly camera: FoundCamera;
  readonly chosen: boolean;
  readonly site: Console;
  readonly onChoose: (draft: CameraDraft) => void;
}

function Found({ camera, chosen, site, onChoose }: FoundProps) {
  const { name, at, detail, node, draft } = camera;
  const facts = html`<span class="row-title"><strong>${name}</strong></span>
    <span class="mono">${at}</span>
    ${detail !== undefined && html`<span class="hint" lang="en">${detail}</span>`}`;
  if (node !== undefined) {
    return html`<div class="row">${facts}<span class="hint">${say('camera.has')} <a href=${site.href('node', { id: node })}>${node}</a></span></div>`;
  }
  return html`<button type="button" class="row" aria-pressed=${chosen} onClick=${() => onChoose(draft)}>${facts}</button>`;
}
