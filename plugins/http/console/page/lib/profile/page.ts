// The page Profile: the texts with errors marked while typing, the plan of a reload beside them, and Apply.

import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Applied, Checked, Completions, ProfileTexts } from '../../../api.ts';
import { refusalOf } from '../api.ts';
import { Plan, planText } from '../plan.ts';
import type { Console } from '../start.ts';
import { say } from '../words.ts';
import { createAsking } from './asking.ts';
import { Differences } from './differences.ts';
import { createDrafts } from './drafts.ts';
import type { Editor } from './editor.ts';
import { EditorBox } from './editor-box.ts';
import { FileTabs } from './files.ts';
import { marksOf, offsetOf, Problems } from './problems.ts';

/** Milliseconds from the last key to the check, and to the documentation of the word at the cursor. */
const PAUSE_MS = { check: 300, here: 250 };

export function ProfilePage({ site }: { readonly site: Console }) {
  const { api } = site;
  const drafts = useRef(createDrafts()).current;
  const asking = useRef(createAsking(api)).current;
  const editor = useRef<Editor>(undefined);
  const [texts, setTexts] = useState<ProfileTexts>();
  const [path, setPath] = useState('');
  const [checked, setChecked] = useState<Checked>();
  const [here, setHere] = useState<Completions['here']>();
  const [merging, setMerging] = useState<'no' | 'looking' | 'stale'>('no');
  const [busy, setBusy] = useState(false);
  const [changed, setChanged] = useState(false);
  const timers = useRef<{ check?: ReturnType<typeof setTimeout>; here?: ReturnType<typeof setTimeout> }>({});
  const round = useRef(0);

  const check = async (): Promise<void> => {
    const number = ++round.current;
    const files = drafts.changed();
    setChanged(files.length > 0);
    await site.attempt(async () => {
      const next = await api.post<Checked>('profile/check', { files });
      if (number === round.current) setChecked(next);
    });
  };
  const show = (next: string, line?: number): void => {
    setPath(next);
    const file = drafts.file(next);
    editor.current?.open(drafts.text(next), !file?.writable);
    if (merging !== 'no') editor.current?.compare(file?.text);
    if (line !== undefined) editor.current?.goTo(offsetOf(drafts.text(next), line, 1));
  };
  const load = (): Promise<void> =>
    site.attempt(async () => {
      const next = await api.get<ProfileTexts>('profile');
      drafts.load(next);
      setTexts(next);
      await check();
    });
  useEffect(() => void load(), []);
  // The editor exists after the texts are loaded.
  useEffect(() => {
    if (!texts || path !== '') return;
    const wanted = new URLSearchParams(location.search);
    const file = texts.files.find(({ path: one }) => one === wanted.get('file')) ?? texts.files[0];
    const line = Number(wanted.get('line'));
    if (file) show(file.path, line > 0 ? line : undefined);
  }, [texts]);
  useEffect(() => editor.current?.mark(marksOf(checked, path, drafts.text(path))), [checked, path]);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (drafts.changed().length > 0) event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, []);

  const compare = (is: typeof merging): void => {
    setMerging(is);
    editor.current?.compare(is === 'no' ? undefined : drafts.file(path)?.text);
  };
  const merge = (stale: ProfileTexts): void => {
    const clean = drafts.merge(stale);
    setTexts(stale);
    editor.current?.replace(drafts.text(path));
    compare('stale');
    site.notify(say(clean ? 'merge.clean' : 'merge.conflict'));
    void check();
  };
  const apply = async (): Promise<void> => {
    if (!texts || busy) return;
    setBusy(true);
    await site.attempt(async () => {
      try {
        const sent = drafts.changed();
        const done = await api.post<Applied>('profile/apply', { files: sent }, drafts.revision());
        site.notify(say('applied', { plan: planText(done.plan) }));
        const next = await api.get<ProfileTexts>('profile');
        const clean = drafts.applied(next, sent);
        setTexts(next);
        if (editor.current?.text() !== drafts.text(path)) editor.current?.replace(drafts.text(path));
        compare(clean ? 'no' : 'stale');
        if (!clean) site.notify(say('merge.conflict'));
        await check();
      } catch (thrown) {
        const refusal = refusalOf(thrown);
        if (refusal?.stale) return merge(refusal.stale);
        throw thrown;
      }
    });
    setBusy(false);
  };

  if (!site.may('edit')) return html`<p class="plain">${say('may-not-edit')}</p>`;
  if (!texts) return html`<p class="plain">${say('loading')}</p>`;
  const errors = checked
    ? checked.problems.filter(({ severity }) => severity === 'error').length + checked.fenced.length
    : 0;
  const file = drafts.file(path);
  const later = (what: 'check' | 'here', work: () => void): void => {
    clearTimeout(timers.current[what]);
    timers.current[what] = setTimeout(work, PAUSE_MS[what]);
  };
  return html`
    <div class="title">
      <h1>${say('nav.profile')}</h1>
      <div class="buttons">
        <button type="button" aria-pressed=${merging !== 'no'} onClick=${() => compare(merging === 'no' ? 'looking' : 'no')}>
          ${say('merge.show')}
        </button>
        <button type="button" class="main" disabled=${busy || !changed || errors > 0} onClick=${apply}>${say('apply')}</button>
      </div>
    </div>
    ${merging === 'stale' && html`<p class="lost">${say('merge.stale')}</p>`}
    <div class="workbench">
      <div class="desk">
        <${FileTabs} files=${texts.files} path=${path} isChanged=${drafts.isChanged} onChoose=${(next: string) => show(next)} />
        ${file && !file.writable && html`<p class="hint">${say('profile.read-only')}</p>`}
        ${merging !== 'no' && html`<${Differences} editor=${() => editor.current} />`}
        <${EditorBox}
          onReady=${(ready: Editor) => {
            editor.current = ready;
          }}
          complete=${(text: string, at: number) => asking.complete(path, text, at)}
          explain=${(text: string, at: number) => asking.explain(path, text, at)}
          onChange=${(text: string) => {
            drafts.set(path, text);
            later('check', () => void check());
          }}
          onCursor=${(text: string, at: number) => later('here', () => void asking.here(path, text, at).then(setHere))}
          onSave=${() => void apply()}
        />
      </div>
      <aside class="beside" aria-label=${say('profile.beside')}>
        <${Problems} checked=${checked} texts=${texts} onGo=${(to: string, line: number) => (to === path ? editor.current?.goTo(offsetOf(drafts.text(to), line, 1)) : show(to, line))} />
        ${checked?.plan && html`<${Plan} plan=${checked.plan} changed=${changed} />`}
        ${
          here &&
          html`<section class="panel" aria-labelledby="here">
            <h2 id="here"><code>${here.title}</code></h2>
            <p class="here" lang="en">${here.text}</p>
          </section>`
        }
      </aside>
    </div>
  `;
}
