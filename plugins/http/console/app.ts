// Answers the console's requests: checks gate, session and role, then serves the route or the file of a page.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpReply, HttpRequest, Log, People } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { HttpConsoleOptions } from '../../../schemas/http/console.ts';
import { json } from '../../kit/http/json.ts';
import { mayDo } from '../../kit/http/people.ts';
import { createPageAnswers, escapeHtml } from '../../kit/page/answer.ts';
import { anybody, type Person, personOf } from './access.ts';
import { answerError, bodyOf, refuse } from './answer.ts';
import { CLOSED } from './api/nodes.ts';
import type { ApiError, Role } from './api/session.ts';
import { type Client, createGate } from './gate.ts';
import { addressOf, type Handling, refuseUpgrade } from './listener.ts';
import { FILES, HTML, pageAt } from './page-files.ts';
import { type AnyRoute, findRoute, paramsOf } from './routes.ts';
import type { Sessions } from './sessions.ts';

/** A WebSocket of the console. */
export interface Channel {
  readonly path: string;
  readonly role: Role;
  open(call: ChannelCall): void;
}

export interface ChannelCall {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly person: Person;
  /** Called regularly: the person by the current profile and sessions; undefined if the session has ended. */
  still(): Person | undefined;
}

export interface AppContext {
  readonly use: string;
  readonly options: HttpConsoleOptions;
  /** undefined if the console has no users. */
  readonly people: (() => People) | undefined;
  readonly sessions: Sessions;
  readonly log: Log;
  readonly routes: readonly AnyRoute[];
  readonly channels: readonly Channel[];
}

export function createApp({ use, options, people, sessions, log, routes, channels }: AppContext): Handling {
  const gate = createGate(options);
  const page = createPageAnswers(use);

  const personFor = (headers: IncomingMessage['headers'], { address }: Client): Person | undefined => {
    if (!people) return anybody(options, address);
    const user = sessions.userOf(people(), headers);
    return user === undefined ? undefined : personOf(options, people(), user, address);
  };

  const fileAnswer = (path: string) => {
    const named = pageAt(path);
    if (named) {
      return page(HTML, (text) => text.replaceAll('%PAGE%', named).replaceAll('%TITLE%', escapeHtml(options.title)));
    }
    const name = path.slice(1);
    return FILES.includes(name) ? page(name) : undefined;
  };

  const api = async (request: HttpRequest, reply: HttpReply, path: string, client: Client): Promise<unknown> => {
    const found = findRoute(routes, request.method, path);
    if (found.is === 'missing') throw refuse('not-found', 'The API has nothing at this path.');
    if (found.is === 'other-method') {
      reply.header('allow', found.allow.join(', '));
      return json(reply, 405, {
        code: 'bad-request',
        message: 'This path does not accept this method.',
      } satisfies ApiError);
    }
    const { route, params } = found;
    const person = personFor(request.headers, client);
    const call = { request, reply, params, client, body: () => bodyOf(request) };
    if (route.role === 'nobody') return route.handle({ ...call, person });
    if (!person) throw refuse('login', 'Log in first: there is no session, or it has ended.');
    if (!mayDo(person, route.role)) {
      throw refuse('forbidden', `This needs the role "${route.role}"; yours is "${person.role}".`);
    }
    return route.handle({ ...call, person });
  };

  return {
    async request(request, reply, path) {
      const file = request.method === 'GET' || request.method === 'HEAD' ? fileAnswer(path) : undefined;
      const passage = gate({ headers: request.headers, address: addressOf(request.raw.socket), isPage: !!file });
      reply.headers({ 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' });
      if (!passage.ok) {
        log.warn('console: a request was refused', { why: passage.message });
        return json(reply, passage.status, { code: 'forbidden', message: passage.message } satisfies ApiError);
      }
      if (file) return file(request, reply);
      try {
        const answered = await api(request, reply, path, passage.client);
        return reply.sent || answered === reply ? reply : json(reply, 200, answered);
      } catch (thrown) {
        const answered = answerError(reply, thrown);
        if (answered) return answered;
        log.error('console: a request failed', { error: sentence(thrown), path });
        return json(reply, 500, { code: 'failed', message: 'Internal error; see the log of camd.' } satisfies ApiError);
      }
    },

    upgrade(request, socket, head, path) {
      const { headers } = request;
      const passage = gate({ headers, address: addressOf(socket), isPage: false });
      if (!passage.ok) return refuseUpgrade(socket, passage.status, passage.message);
      if (headers.upgrade?.toLowerCase() !== 'websocket')
        return refuseUpgrade(socket, 400, 'This path serves only WebSocket.');
      const still = (): Person | undefined => personFor(headers, passage.client);
      const person = still();
      if (!person) return refuseUpgrade(socket, 401, `Log in first (${CLOSED.login}).`);
      const channel = channels.find((one) => paramsOf(one.path, path));
      if (!channel) return refuseUpgrade(socket, 404, 'No WebSocket is served at this path.');
      if (!mayDo(person, channel.role)) return refuseUpgrade(socket, 403, `This needs the role "${channel.role}".`);
      const query = new URL(request.url ?? '/', 'http://console').searchParams;
      channel.open({ request, socket, head, params: paramsOf(channel.path, path) ?? {}, query, person, still });
    },
  };
}
