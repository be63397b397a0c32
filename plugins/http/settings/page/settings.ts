// The entry point of the settings page: connects the server's answers with the view.

/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { html, render } from 'htm/preact';
import { createApi } from './lib/api.ts';
import { App } from './lib/app.ts';

/** All paths are relative to the script, so that the page works below any path of a proxy. */
const api = createApi(new URL('./', import.meta.url));

const app = document.getElementById('app');
if (app) {
  const { pictures = '' } = document.body.dataset;
  render(html`<${App} api=${api} title=${document.title} pictures=${pictures} />`, app);
}
