// A found camera: its name, a test with a picture and measurements, and the change to the profile that inserts it.

import { html } from 'htm/preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Applied, CameraDraft, Checked, Inserted, ProfileTexts, Tried } from '../../../api.ts';
import { planText } from '../plan.ts';
import type { Console } from '../start.ts';
import { say } from '../words.ts';
import { Insertion } from './insertion.ts';
import { TryResult } from './try-result.ts';

interface DraftProps {
  readonly draft: CameraDraft;
  readonly site: Console;
  readonly onBack: () => void;
}

/** The prepared change with its base revision. */
export interface Prepared {
  readonly name: string;
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly checked: Checked;
}

export function Draft({ draft, site, onBack }: DraftProps) {
  const { api } = site;
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  const [id, setId] = useState(draft.id);
  const [options, setOptions] = useState(draft.options);
  const [tried, setTried] = useState<Tried>();
  const [prepared, setPrepared] = useState<Prepared>();
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<string>();
  const wanted: CameraDraft = { ...draft, id, options };
  const work = async (task: () => Promise<void>): Promise<void> => {
    setBusy(true);
    await site.attempt(task);
    setBusy(false);
  };
  const attempt = (): Promise<void> =>
    work(async () => {
      setTried(undefined);
      site.notify(say('camera.trying'));
      const next = await api.post<Tried>('cameras/try', wanted);
      setTried(next);
      site.notify(next.why ?? say('camera.works'));
    });
  const prepare = (): Promise<void> =>
    work(async () => {
      const texts = await api.get<ProfileTexts>('profile');
      const { path, text } = await api.post<Inserted>('cameras/insert', wanted);
      const file = texts.files.find((one) => one.path === path);
      const checked = await api.post<Checked>('profile/check', { files: [{ path, text }] });
      setPrepared({ name: file?.name ?? path, path, before: file?.text ?? '', after: text, checked });
    });
  const apply = ({ path, after, checked }: Prepared): Promise<void> =>
    work(async () => {
      const applied = await api.post<Applied>('profile/apply', { files: [{ path, text: after }] }, checked.revision);
      site.notify(say('applied', { plan: planText(applied.plan) }));
      setDone(id);
    });
  if (done !== undefined) {
    return html`<section class="panel">
      <h2>${say('camera.done', { id: done })}</h2>
      <p><a href=${site.href('node', { id: done })}>${say('camera.open')}</a></p>
    </section>`;
  }
  return html`<section class="panel" aria-labelledby="draft" aria-busy=${busy}>
    <h2 id="draft" tabindex="-1" ref=${heading}><code>${draft.use}</code></h2>
    <div class="field">
      <label for="id">${say('camera.id')}</label>
      <input id="id" value=${id} onInput=${(event: Event) => {
        if (event.target instanceof HTMLInputElement) setId(event.target.value);
        setPrepared(undefined);
      }} autocapitalize="none" spellcheck=${false} />
    </div>
    ${Object.entries(options).map(
      ([name, value]) => html`<div class="field" key=${name}>
        <label for=${`option-${name}`}><code>${name}</code></label>
        <input id=${`option-${name}`} value=${optionText(value)} onInput=${(event: Event) => {
          if (event.target instanceof HTMLInputElement)
            setOptions({ ...options, [name]: optionValue(event.target.value, value) });
          setPrepared(undefined);
        }} autocapitalize="none" spellcheck=${false} />
      </div>`,
    )}
    <div class="buttons">
      <button type="button" disabled=${busy} onClick=${attempt}>${say('camera.try')}</button>
      <button type="button" class="main" disabled=${busy} onClick=${prepare}>${say('camera.review')}</button>
      <button type="button" onClick=${onBack}>${say('cancel')}</button>
    </div>
    ${tried && html`<${TryResult} tried=${tried} />`}
    ${prepared && html`<${Insertion} prepared=${prepared} busy=${busy} onApply=${() => void apply(prepared)} />`}
  </section>`;
}

const optionText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Converts the input to the type of the option's previous value. */
function optionValue(text: string, before: unknown): unknown {
  if (typeof before === 'string') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
