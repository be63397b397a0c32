// One reload: plan, differences of texts and values, and undo, which first shows its effect.

import { html } from 'htm/preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Applied, ChangeDetail, Checked, ProfileTexts } from '../../../api.ts';
import { planText, Values } from '../plan.ts';
import type { Console } from '../start.ts';
import { durationText } from '../states.ts';
import { TextDiff } from '../text-diff.ts';
import { say, time } from '../words.ts';

interface ChangeProps {
  readonly detail: ChangeDetail;
  readonly site: Console;
  readonly focus: boolean;
  readonly onUndone: () => void;
}

export function Change({ detail, site, focus, onUndone }: ChangeProps) {
  const { id, at, by, ok, summary, took, plan, problems, texts } = detail;
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (focus) heading.current?.focus();
  }, [id]);
  return html`<section class="panel" aria-labelledby="change">
    <div class="title">
      <h2 id="change" tabindex="-1" ref=${heading}>${time(at)}</h2>
      ${detail.undo && html`<${Undo} id=${id} site=${site} onUndone=${onUndone} />`}
    </div>
    <p class="hint"><span lang="en">${by}</span> · ${durationText(took)}</p>
    <p class=${ok ? 'plan-text' : 'lost'} lang=${plan && ok ? undefined : 'en'}>${plan && ok ? planText(plan) : summary}</p>
    ${
      problems.length > 0 &&
      html`<ul class="plain-list" lang="en">${problems.map(({ message, place }, index) => html`<li key=${index}><code>${place.file}:${place.line}</code> ${message}</li>`)}</ul>`
    }
    ${plan && plan.values.length > 0 && html`<h3>${say('changes.values')}</h3><${Values} values=${plan.values} />`}
    ${texts.map((text) => html`<${TextDiff} key=${text.name} ...${text} />`)}
  </section>`;
}

type UndoProps = Pick<ChangeProps, 'site' | 'onUndone'> & { readonly id: string };

function Undo({ id, site, onUndone }: UndoProps) {
  const [preview, setPreview] = useState<Checked>();
  const [busy, setBusy] = useState(false);
  const path = `changes/${encodeURIComponent(id)}/undo`;
  const work = async (task: () => Promise<void>): Promise<void> => {
    setBusy(true);
    await site.attempt(task);
    setBusy(false);
  };
  const ask = (): Promise<void> =>
    work(async () => {
      const { revision } = await site.api.get<ProfileTexts>('profile');
      setPreview(await site.api.post<Checked>(path, { preview: true }, revision));
    });
  const undo = ({ revision }: Checked): Promise<void> =>
    work(async () => {
      const done = await site.api.post<Applied>(path, { preview: false }, revision);
      site.notify(say('applied', { plan: planText(done.plan) }));
      onUndone();
    });
  if (!preview) return html`<button type="button" disabled=${busy} onClick=${ask}>${say('undo')}</button>`;
  const refusals = [...preview.fenced, ...preview.problems.filter(({ severity }) => severity === 'error')];
  return html`<div class="undo" aria-busy=${busy}>
    <p>${preview.plan && refusals.length === 0 ? say('undo.plan', { plan: planText(preview.plan) }) : say('undo.impossible')}</p>
    ${refusals.map(({ message }, index) => html`<p key=${index} class="why hint" lang="en">${message}</p>`)}
    <div class="buttons">
      ${refusals.length === 0 && html`<button type="button" class="main" disabled=${busy} onClick=${() => void undo(preview)}>${say('undo')}</button>`}
      <button type="button" onClick=${() => setPreview(undefined)}>${say('cancel')}</button>
    </div>
  </div>`;
}
