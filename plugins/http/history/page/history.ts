// The entry point of the history page: connects model, player and view.

/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { html, render } from 'htm/preact';
import { App } from './lib/app.ts';
import { createModel } from './lib/model.ts';
import { createPlace } from './lib/place.ts';
import { createPlayer } from './lib/player.ts';

const model = createModel(createPlace());
const player = createPlayer(model);

const app = document.getElementById('app');
if (app) render(html`<${App} model=${model} player=${player} />`, app);
void model.open();
