// http/settings: a page that changes cameras in the profile. It requires a user of the server, its own origin and a form token.

import { randomBytes } from 'node:crypto';
import {
  defineNode,
  type HttpReply,
  type HttpRequest,
  misuse,
  type ProfileChange,
  type ProfileEdit,
  type Release,
  type Route,
  type Server,
} from '../../../core/contract/plugin.ts';
import type { HttpSettingsOptions } from '../../../schemas/http/settings.ts';
import { readBody } from '../../kit/http/body.ts';
import { json, message } from '../../kit/http/json.ts';
import { isFromElsewhere } from '../../kit/http/origin.ts';
import { createPageAnswers, escapeHtml } from '../../kit/page/answer.ts';
import { pageOf } from '../../kit/page/links.ts';
import { listDevices } from './devices.ts';
import { addFromForm, deleteByName, type FormEdits } from './form.ts';
import { createNotes } from './notes.ts';
import { MAX_BODY, personOf, readChange } from './request.ts';
import { createFormTokens } from './token.ts';

/** The HTTP status for each reason to refuse a change. */
const STATUS: Readonly<Record<string, number>> = {
  stale: 409,
  forbidden: 403,
  impossible: 422,
  invalid: 422,
  'not-applied': 422,
  'read-only': 503,
  failed: 503,
};

const OPEN = (server: string): string =>
  `a page that changes the profile requires a server with users or tokens; add "auth" to ${server}.`;

export default defineNode<HttpSettingsOptions>({
  check({ on }, view) {
    const server = view.optionsOf('on');
    if (typeof server !== 'object' || server === null || !('listen' in server)) return [];
    const auth = 'auth' in server && typeof server.auth === 'object' && server.auth !== null ? server.auth : {};
    if ('basic' in auth || 'bearer' in auth) return [];
    return [{ option: 'on', code: 'missing-option', message: `on: ${OPEN(on)}` }];
  },

  async start(node) {
    const { path, title } = node.options;
    const base = path === '/' ? '' : path;
    const profile = node.profile('nodes');
    const input = node.input('nodes');
    const services = node.refs('services', 'service');
    const key = await node.durable('form key', { same: [], create: () => randomBytes(32), dispose: () => {} });
    const tokens = createFormTokens(key);
    const notes = await node.durable('notes', { same: [], create: createNotes, dispose: () => {} });

    const change = async (
      request: HttpRequest,
      edits: readonly ProfileEdit[],
      revision: string,
      preview: boolean,
    ): Promise<ProfileChange> => {
      const by = personOf(request);
      const result = await profile.change(edits, { revision, by, preview });
      if (!result.ok && !preview) {
        node.log.warn('a change of the profile was refused', { by, reason: result.reason, why: result.message });
      }
      return result;
    };

    /** Refuses requests of another site before it reads the body. A body with a wrong token is read, but not used. */
    const guarded =
      (handle: (request: HttpRequest, reply: HttpReply, body: string, name: string) => Promise<unknown>) =>
      async (request: HttpRequest, reply: HttpReply, { name = '' }: Readonly<Record<string, string>>) => {
        if (isFromElsewhere(request.headers))
          return message(reply, 403, 'Pages of another site cannot change anything.');
        return handle(request, reply, (await readBody(request, MAX_BODY)).toString('utf8'), name);
      };
    const wrongToken = (reply: HttpReply): unknown =>
      message(reply, 403, 'The form is out of date or not from this page. Reload the page.');

    const apply = guarded(async (request, reply, body) => {
      const edit = readChange(body);
      if (!edit) return message(reply, 400, 'The request is not a change: send token, revision and edits as JSON.');
      if (!tokens.fits(request.headers.authorization, edit.token)) return wrongToken(reply);
      const result = await change(request, edit.edits, edit.revision, edit.preview);
      return json(reply, result.ok ? 200 : (STATUS[result.reason] ?? 503), result);
    });

    /** A form of the Snapshot Server: it always redirects to the page, which then shows the outcome. */
    const form = (edits: (fields: URLSearchParams, name: string) => Promise<FormEdits & { revision: string }>) =>
      guarded(async (request, reply, body, name) => {
        const fields = new URLSearchParams(body);
        if (!tokens.fits(request.headers.authorization, fields.get('token') ?? '')) return wrongToken(reply);
        const requested = await edits(fields, name);
        const result =
          'error' in requested ? undefined : await change(request, requested.edits, requested.revision, false);
        const note = 'error' in requested ? requested.error : result?.ok ? 'The profile was changed.' : result?.message;
        return reply
          .code(302)
          .headers({ location: path, 'set-cookie': notes.leave(note ?? ''), 'cache-control': 'no-store' })
          .send();
      });
    const add = form(async (fields) => {
      const { revision, nodes } = await profile.read();
      const unit = (name: string): string | undefined =>
        services.find(({ id, current }) =>
          [id, current()?.unit, current()?.unit?.replace(/\.service$/, '')].includes(name),
        )?.id;
      return { revision, ...addFromForm(fields, nodes, unit) };
    });
    const remove = form(async (_fields, name) => {
      const { revision, nodes } = await profile.read();
      return { revision, ...deleteByName(name, nodes) };
    });

    /** Refuses pages of another site, even those that CORS allows to read. */
    const own =
      (answer: (request: HttpRequest) => Promise<unknown>): Route['handler'] =>
      async (request, reply) =>
        isFromElsewhere(request.headers)
          ? message(reply, 403, 'Pages of another site cannot read this.')
          : json(reply, 200, await answer(request));
    const state = own(async (request) => {
      const note = notes.take(request.headers);
      const token = tokens.of(request.headers.authorization);
      return { ...(await profile.read()), token, ...(note === undefined ? {} : { note }) };
    });
    const devices = own(() => listDevices(input, node.signal));

    const page = createPageAnswers(node.use);
    const html =
      (server: Server, here: string): Route['handler'] =>
      (request, reply) =>
        page('settings.html', (text) =>
          text
            .replaceAll('%TITLE%', escapeHtml(title))
            .replaceAll('%HERE%', here)
            .replaceAll('%PICTURES%', escapeHtml(pageOf(server.paths(), 'snapshot-api.js') ?? '')),
        )(request, reply);
    const get = (at: string, handler: Route['handler']): Route => ({ methods: ['GET'], path: `${base}${at}`, handler });
    const post = (at: string, handler: Route['handler']): Route => ({ ...get(at, handler), methods: ['POST'] });
    const routes = (server: Server): Route[] => [
      get('/', html(server, '')),
      ...(base === '' ? [] : [{ ...get('', html(server, `${base.slice(base.lastIndexOf('/') + 1)}/`)), page: title }]),
      ...['settings.js', 'settings.css', 'icon.svg'].map((name) => get(`/${name}`, page(name))),
      get('/state', state),
      get('/devices', devices),
      post('/change', apply),
      post('/add', add),
      post('/delete/{name}', remove),
    ];
    const attach = (server: Server): Release => {
      if (!server.authenticated) throw misuse('open-door', `${node.id}: ${OPEN(node.options.on)}`);
      const releases = routes(server).map((route) => server.route({ ...route, auth: 'always', role: 'edit' }));
      node.log.info('serving settings', { url: `${server.origin}${path}` });
      return () => {
        for (const release of releases) release();
      };
    };
    node.ref('on', 'server').bind(attach);
  },
});
