// The login form, which then opens the requested page.

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { Login, Session } from '../../../api.ts';
import { PAGES, type PageName } from '../../../page-files.ts';
import type { Console } from '../start.ts';
import { say } from '../words.ts';

/** "node?id=gate" → the URL of that page. It accepts only pages of the console, so that a link cannot redirect to another site. */
function nextAddress({ href }: Console): string {
  const next = new URLSearchParams(location.search).get('next') ?? '';
  const [page = '', search = ''] = next.split('?');
  const known = Object.hasOwn(PAGES, page) && page !== 'login' ? (page as PageName) : 'graph';
  return href(known, Object.fromEntries(new URLSearchParams(search)));
}

export function LoginPage({ site }: { readonly site: Console }) {
  const [busy, setBusy] = useState(false);
  const { session, api } = site;
  if (session.role !== undefined) {
    return html`<section class="panel narrow">
      <h1>${say('nav.login')}</h1>
      <p>${session.user === undefined ? say('login.open') : say('login.done', { user: session.user })}</p>
      <p><a href=${nextAddress(site)}>${say('login.on')}</a></p>
    </section>`;
  }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!(event.target instanceof HTMLFormElement)) return;
    const form = new FormData(event.target);
    const login: Login = { user: String(form.get('user')), password: String(form.get('password')) };
    setBusy(true);
    await site.attempt(async () => {
      await api.post<Session>('session', login);
      location.assign(nextAddress(site));
    });
    setBusy(false);
  };
  return html`<form class="panel narrow" onSubmit=${submit} aria-busy=${busy}>
    <h1>${say('nav.login')}</h1>
    <div class="field">
      <label for="user">${say('login.user')}</label>
      <input id="user" name="user" autocomplete="username" autocapitalize="none" required />
    </div>
    <div class="field">
      <label for="password">${say('login.password')}</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required />
    </div>
    <div class="buttons"><button class="main" disabled=${busy}>${say('nav.login')}</button></div>
  </form>`;
}
