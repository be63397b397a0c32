// The entry point of the viewer page: connects WebSocket, pictures and view.

/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { html, render } from 'htm/preact';
import { App } from './lib/app.ts';
import { createConnection } from './lib/connection.ts';
import { createModel } from './lib/model.ts';
import { createPictures } from './lib/pictures.ts';
import { createPlace } from './lib/place.ts';
import { createWatching } from './lib/watching.ts';

/** Where the script is, everything is: proxies may put it anywhere. */
const base = new URL('./', import.meta.url);

const place = createPlace(base, document.title);
const pictures = createPictures({
  onDrawn: (n, seq) => connection.acknowledge(n, seq),
  onFirst: () => model.changed(),
});
const watching = createWatching({ send: (watch) => connection.watch(watch) });
const model = createModel(document.title);
const connection = createConnection({
  base,
  onPicture: (message) => pictures.receive(message),
  onEvent(told) {
    model.receive(told);
    // The server of this moment has not heard it: it may be another one than before.
    if (told.is === 'cameras') watching.again();
  },
  onLink(link) {
    pictures.reset();
    model.linked(link);
  },
});

const app = document.getElementById('app');
if (app) render(html`<${App} model=${model} place=${place} pictures=${pictures} watching=${watching} />`, app);
connection.open();
