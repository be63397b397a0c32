// The page of pictures on request: buttons for each camera, all and stereo, and the results below, the newest first.

import { factsOf, type Result, resultsOf } from './lib/words.ts';

/** Timeout of a request, longer than the server's deadline. */
const TIMEOUT_MS = 60_000;
/** Most results on the page. */
const MAX_RESULTS = 24;

const { here = '', history = '' } = document.body.dataset;
const element = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
};
const [status, buttons, results] = [element('status'), element('buttons'), element('results')];
let busy = false;

const make = <K extends keyof HTMLElementTagNameMap>(tag: K, text = '', name = ''): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
};

const link = (text: string, url: string): HTMLAnchorElement => {
  const made = make('a', text);
  made.href = url;
  return made;
};

function entryOf(result: Result): HTMLLIElement {
  const entry = make('li', '', result.success ? '' : 'failure');
  const facts = make('div', '', 'facts');
  const { camera_name: camera = 'Camera', filename = '', image_url: image, download_url: download } = result;
  if (image !== undefined) {
    const picture = make('img');
    picture.src = image;
    picture.alt = `Picture of ${camera}`;
    entry.append(picture);
  }
  const time = result.capture_time_ms === undefined ? '' : `, ${new Date(result.capture_time_ms).toLocaleTimeString()}`;
  const heading = make('p');
  heading.append(make('strong', camera), time);
  facts.append(heading, make('p', result.success ? filename : (result.error ?? 'There is no picture.')));
  for (const fact of factsOf(result)) facts.append(make('p', fact));
  const links = make('p', '', 'links');
  if (download !== undefined) links.append(link('Download', download));
  if (history && result.success) links.append(link('Time line', history));
  if (links.childElementCount > 0) facts.append(links);
  entry.append(facts);
  return entry;
}

function show(answers: readonly Result[]): void {
  results.prepend(...answers.map(entryOf));
  while (results.childElementCount > MAX_RESULTS) results.lastElementChild?.remove();
  const good = answers.filter(({ success }) => success).length;
  status.textContent = good === answers.length ? `Taken: ${good}` : `Taken: ${good}, failed: ${answers.length - good}`;
}

async function take(name: string): Promise<void> {
  if (busy) return;
  setBusy(true);
  status.textContent = 'Taking the picture';
  try {
    const response = await fetch(`${here}ui/snapshot/${encodeURIComponent(name)}`, {
      method: 'POST',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    show(resultsOf(await response.json()));
  } catch {
    show([{ success: false, camera_name: name, error: 'The server did not answer. Try again.' }]);
  } finally {
    setBusy(false);
  }
}

/** Uses aria-disabled, with which the buttons keep their focus while a picture is taken. */
function setBusy(now: boolean): void {
  busy = now;
  results.setAttribute('aria-busy', String(now));
  for (const button of buttons.querySelectorAll('button')) button.setAttribute('aria-disabled', String(now));
}

const button = (name: string, text: string): HTMLButtonElement => {
  const made = make('button', text);
  made.type = 'button';
  made.addEventListener('click', () => void take(name));
  return made;
};

async function start(): Promise<void> {
  try {
    const cameras: unknown = await (await fetch(`${here}api/cameras`, { cache: 'no-store' })).json();
    if (!Array.isArray(cameras)) throw new Error('no list of cameras');
    const stereo = cameras.filter((camera) => camera?.stereo === true);
    buttons.replaceChildren(
      ...cameras.map((camera) => button(String(camera?.name), String(camera?.name))),
      ...(cameras.length > 1 ? [button('all', 'All cameras')] : []),
      ...(stereo.length > 0 ? [button('stereo', 'Stereo')] : []),
    );
    status.textContent = cameras.length === 0 ? 'No camera is ready' : 'Ready';
  } catch {
    status.textContent = 'The server does not answer. Reload the page.';
  }
}

void start();
