// Writes answers that a route has ready, such as the newest picture, without Fastify but after the same checks.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReadyAnswer } from '../../../core/contract/http.ts';
import type { Route } from '../../../core/contract/ports.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { addDefaultHeaders, type DefaultHeaders } from '../../kit/http/default-headers.ts';
import { writeReady } from '../../kit/http/ready.ts';
import { addressOf } from './connections.ts';
import type { Access } from './gate.ts';
import type { Meter } from './meter.ts';
import { pathOf } from './path.ts';
import { rejectionOf } from './reject.ts';
import { denialOf } from './rights.ts';
import type { Router } from './router.ts';
import type { Setting } from './setting.ts';

export interface ReadyOptions {
  setting(): Setting;
  readonly routes: Router<Route>;
  readonly meter: Meter;
  /** Called when the socket has not accepted the whole answer yet, so the response stays open. */
  entered(response: ServerResponse, access: Access): void;
}

/** False: nothing was written or counted, and Fastify must answer, also with errors. */
export type ReadyAnswers = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createReadyAnswers({ setting, routes, meter, entered }: ReadyOptions): ReadyAnswers {
  const withStanding = createHeads();
  const answers = (request: IncomingMessage, response: ServerResponse): boolean => {
    const begun = performance.now();
    const { method = '', url = '', headers, socket } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const { local, gate, authenticated, hasProxies, limits, protection, cors } = setting();
    const path = local(pathOf(url));
    const found = routes.find(method, path);
    if (found.is !== 'found' || !found.route.ready || found.route.auth === 'always') return false;
    const { route, params } = found;
    if (!isPlain(headers) || rejectionOf(request)) return false;
    // Fastify's path counts the clients behind a proxy, and those that guess.
    if (hasProxies && limits.isProxy(addressOf(socket))) return false;
    const access: Access = { method, path, headers, upgrade: false, proxied: false, connection: socket };
    if (authenticated && headers.authorization !== undefined && !gate.proven(access)) return false;
    if (gate(access)) return false;
    const person = gate.person(access);
    access.person = person;
    if (denialOf(route, { person, method, params })) return false;
    const answer = route.ready?.({ url, params, person });
    if (!answer) return false;
    if (cors) {
      addDefaultHeaders(response, protection);
      cors.mark(headers, response);
      writeReady(request, response, answer);
    } else writeReady(request, response, answer, withStanding(answer, protection));
    if (response.writableFinished) meter.whole(response.statusCode, begun);
    else {
      meter.begin(response);
      entered(response, access);
    }
    return true;
  };

  return (request, response) => {
    try {
      return answers(request, response);
    } catch (cause) {
      const { log } = setting();
      log.error('an answer that was ready failed', {
        error: sentence(cause),
        stack: cause instanceof Error ? cause.stack : '',
      });
      if (!response.headersSent) return false;
      response.destroy();
      return true;
    }
  };
}

type Heads = Pick<ReadyAnswer, 'full' | 'unchanged'>;

/** Joins the headers of an answer with those of every response, once for an answer that is sent many times. */
function createHeads(): (answer: ReadyAnswer, added: DefaultHeaders) => Heads {
  let own: readonly string[] | undefined;
  let beside: readonly string[] | undefined;
  let heads: Heads | undefined;
  // Identical headers identify the answer: a reference to the answer itself would keep its picture in memory.
  return ({ full, unchanged }, { flat }) => {
    if (heads && own === full && beside === flat) return heads;
    own = full;
    beside = flat;
    heads = { full: [...flat, ...full], unchanged: [...flat, ...unchanged] };
    return heads;
  };
}

/** True if the request has no body and does not expect "100 Continue". */
const isPlain = (headers: IncomingMessage['headers']): boolean =>
  headers['content-length'] === undefined && headers['transfer-encoding'] === undefined && headers.expect === undefined;
