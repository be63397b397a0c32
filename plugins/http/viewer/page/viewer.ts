// The entry point of the viewer page: connects WebSocket, pictures and view.

/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { html, render } from 'htm/preact';
import { App } from './lib/app.ts';
import { createConnection } from './lib/connection.ts';
import { createModel } from './lib/model.ts';
import { createPictures } from './lib/pictures.ts';
import { createPlace } from './lib/place.ts';
import { createPreferences } from './lib/preferences.ts';
import { createWatching } from './lib/watching.ts';

/** All paths are relative to the script, so that the page works below any path of a proxy. */
const base = new URL('./', import.meta.url);

const place = createPlace(base, document.title);
const pictures = createPictures({
  onDrawn: (n, seq) => connection.acknowledge(n, seq),
  onFirst: () => model.changed(),
});
const watching = createWatching({ send: (request) => connection.watch(request) });
const preferences = createPreferences(`camd viewer ${base.pathname}`);
const model = createModel(document.title);
const connection = createConnection({
  base,
  onPicture: (message) => pictures.receive(message),
  onEvent(event) {
    model.receive(event);
    // After a reconnect the server may be another one, so the list is sent again.
    if (event.is === 'cameras') watching.again();
  },
  onLink(link) {
    pictures.reset();
    model.linked(link);
  },
});

const app = document.getElementById('app');
if (app) {
  render(
    html`<${App} model=${model} place=${place} pictures=${pictures} watching=${watching} preferences=${preferences} />`,
    app,
  );
}
connection.open();
