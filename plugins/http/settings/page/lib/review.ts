// Shows the effect of a change on the files of the profile, and the outcome.

import { html } from 'htm/preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { FileChange, ProfileChange } from '../../../../../core/contract/plugin.ts';
import { diff, type Line } from '../../../../kit/page/shared/diff.ts';
import { outcomeOf } from './words.ts';

interface ReviewProps {
  readonly change: ProfileChange;
  readonly busy: boolean;
  readonly onSave: () => void;
  readonly onBack: () => void;
  readonly onReload: () => void;
}

export function Review({ change, busy, onSave, onBack, onReload }: ReviewProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), [change]);
  const outcome = change.ok ? undefined : outcomeOf(change);
  const whole = !change.ok && (change.reason === 'stale' || change.reason === 'read-only');
  return html`<section class="panel" aria-labelledby="review"
    onKeyDown=${(event: KeyboardEvent) => event.key === 'Escape' && onBack()}>
    <h2 id="review" ref=${heading} tabindex="-1">${outcome?.title ?? 'Review the change'}</h2>
    ${outcome && html`<p class="lost">${outcome.text}</p>`}
    ${change.files.map((file) => html`<${File} key=${file.path} file=${file} whole=${whole} />`)}
    <div class="buttons">
      ${change.ok && html`<button type="button" class="main" disabled=${busy} onClick=${onSave}>Save</button>`}
      ${
        !change.ok && change.reason === 'stale'
          ? html`<button type="button" class="main" onClick=${onReload}>Reload</button>`
          : html`<button type="button" onClick=${onBack}>Back</button>`
      }
    </div>
  </section>`;
}

/** The difference, and both texts if `whole`. */
function File({ file, whole }: { readonly file: FileChange; readonly whole: boolean }) {
  const { path, before, after } = file;
  return html`<h3>${path}</h3>
    <div class="text" tabindex="0" role="region" aria-label="Difference in ${path}">
      ${diff(before, after).map((line, index) => html`<${DiffLine} key=${index} line=${line} />`)}
    </div>
    ${
      whole &&
      [
        ['The file with your change', after],
        ['The file as it is now', before],
      ].map(
        ([title, text]) => html`<details>
          <summary>${title}</summary>
          <pre class="text" tabindex="0" role="region" aria-label=${title}>${text}</pre>
        </details>`,
      )
    }
    ${whole && /\*{3}/.test(after) && html`<p class="hint">*** stands for secrets that are not shown: keep what the file has.</p>`}`;
}

const SIGN = { same: ' ', gone: '−', new: '+', gap: ' ' } as const;
const SPOKEN = { same: '', gone: 'removed: ', new: 'added: ', gap: '' } as const;

const DiffLine = ({ line }: { readonly line: Line }) =>
  html`<div class=${`line ${line.is}`}><span aria-hidden="true">${SIGN[line.is]} </span><span class="hidden">${SPOKEN[line.is]}</span>${line.text}</div>`;
