// The view of the whole page: the list of cameras, the form for one of them, and the review of a change.

import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { ProfileChange, ProfileEdit } from '../../../../../core/contract/plugin.ts';
import { blank, camerasOf, type Draft, defaultsOf, editsToRemove, homesOf, type Subject } from '../../cameras.ts';
import type { Device } from '../../devices.ts';
import type { Api, State } from './api.ts';
import { Form } from './form.ts';
import { Review } from './review.ts';
import { factsOf } from './words.ts';

interface AppProps {
  readonly api: Api;
  readonly title: string;
  /** URL of the page that takes pictures, if the server has one. */
  readonly pictures: string;
}

interface OpenForm {
  readonly is: 'form';
  readonly subject: Subject;
  readonly draft?: Draft;
}

type View =
  | { readonly is: 'list' }
  | OpenForm
  /** `form`: the target of "Back". */
  | {
      readonly is: 'review';
      readonly edits: readonly ProfileEdit[];
      readonly change: ProfileChange;
      readonly form: OpenForm | undefined;
    };

export function App({ api, title, pictures }: AppProps) {
  const [state, setState] = useState<State>();
  const [devices, setDevices] = useState<readonly Device[]>([]);
  const [view, setView] = useState<View>({ is: 'list' });
  const [news, setNews] = useState('Loading the cameras');
  const [busy, setBusy] = useState(false);

  const work = async (task: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await task();
    } catch (thrown) {
      const why = thrown instanceof Error && thrown.name === 'Error' ? thrown.message : '';
      setNews(why || 'The server does not answer. Try again.');
    } finally {
      setBusy(false);
    }
  };
  const load = (message = ''): Promise<void> =>
    work(async () => {
      const next = await api.state();
      setState(next);
      setView({ is: 'list' });
      setNews(next.note ?? message);
      setDevices(await api.devices().catch(() => []));
    });
  useEffect(() => void load(), []);
  if (!state) {
    return html`<div class="page"><header><h1>${title}</h1></header><main><p class="plain" role="status">${news}</p></main></div>`;
  }

  const cameras = camerasOf(state.nodes);
  const review = (edits: readonly ProfileEdit[], form: OpenForm | undefined): Promise<void> =>
    work(async () => {
      const change = await api.change(state, edits, true);
      setView({ is: 'review', edits, change, form });
      setNews('');
    });
  const save = (edits: readonly ProfileEdit[], form: OpenForm | undefined): Promise<void> =>
    work(async () => {
      setNews('Saving');
      const change = await api.change(state, edits, false);
      if (change.ok) return load('Saved. The new settings are in use.');
      setView({ is: 'review', edits, change, form });
      setNews('Nothing was saved.');
    });
  const edit = (subject: Subject): void => {
    setNews('');
    setView({ is: 'form', subject });
  };

  const main = () => {
    if (view.is === 'form') {
      const { subject, draft } = view;
      return html`<${Form} key=${subject.name} subject=${subject} initial=${draft} taken=${cameras.map(({ name }) => name)} devices=${devices} busy=${busy}
        onReview=${(edits: readonly ProfileEdit[], next: Draft) => void review(edits, { is: 'form', subject, draft: next })} onCancel=${() => setView({ is: 'list' })} />`;
    }
    if (view.is === 'review') {
      const { edits, change, form } = view;
      const back = (): void => setView(form ?? { is: 'list' });
      return html`<${Review} change=${change} busy=${busy} onSave=${() => void save(edits, form)} onBack=${back} onReload=${() => void load()} />`;
    }
    const homes = homesOf(state.nodes);
    return html`
      ${cameras.length === 0 && html`<p class="plain">There is no camera yet.</p>`}
      <ul class="cards">
        ${[...cameras, ...defaultsOf(state.nodes)].map(
          (subject) => html`<li key=${`${subject.is} ${subject.name}`}>
            <${Card} subject=${subject} devices=${devices} busy=${busy} onChange=${() => edit(subject)}
              onDelete=${() => void review(editsToRemove(subject), undefined)} />
          </li>`,
        )}
      </ul>
      <div class="buttons">
        ${homes.map(
          (home) => html`<button type="button" class="main" onClick=${() => edit(blank(home, state.nodes))}>
            ${homes.length === 1 ? 'Add a camera' : `Add a camera to ${home.place.node}`}
          </button>`,
        )}
      </div>
    `;
  };

  return html`<div class="page" aria-busy=${busy}>
    <header>
      <h1>${title}</h1>
      ${pictures && html`<a class="button" href=${pictures}>Take pictures</a>`}
    </header>
    <main>
      <p class="news" role="status">${news}</p>
      ${main()}
    </main>
  </div>`;
}

interface CardProps {
  readonly subject: Subject;
  readonly devices: readonly Device[];
  readonly busy: boolean;
  readonly onChange: () => void;
  readonly onDelete: () => void;
}

function Card({ subject, devices, busy, onChange, onDelete }: CardProps) {
  const { name, is } = subject;
  const title = is === 'defaults' ? `All cameras of ${name}` : name;
  return html`<h2>${title}</h2>
    <p class="hint">${factsOf(subject, devices).join(' · ')}</p>
    <div class="buttons">
      <button type="button" aria-label="Change ${title}" disabled=${busy} onClick=${onChange}>Change</button>
      ${
        is === 'camera' &&
        html`<button type="button" aria-label="Delete ${title}" disabled=${busy} onClick=${onDelete}>Delete</button>`
      }
    </div>`;
}
