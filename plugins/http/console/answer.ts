// Writes the console's JSON replies and errors, and reads the bodies of requests.

import type { HttpReply, HttpRequest } from '../../../core/contract/plugin.ts';
import { isFault } from '../../../core/contract/problems.ts';
import { readBody } from '../../kit/http/body.ts';
import { json } from '../../kit/http/json.ts';
import type { ApiError, ErrorCode } from './api/session.ts';

/** Most bytes of a request, which may contain all files of a large profile. */
export const MAX_BODY = 8 * 1024 * 1024;
/** Milliseconds in which a body must arrive. */
const BODY_MS = 30_000;

const STATUS: Readonly<Record<ErrorCode, number>> = {
  'bad-request': 400,
  login: 401,
  'wrong-login': 401,
  forbidden: 403,
  fenced: 403,
  'not-found': 404,
  busy: 409,
  stale: 412,
  'too-large': 413,
  'not-json': 415,
  invalid: 422,
  impossible: 422,
  'not-applied': 422,
  'too-many-logins': 429,
  'read-only': 503,
  failed: 503,
};

/** A handler throws it to refuse the request. */
export class ApiRefusal extends Error {
  readonly body: ApiError;
  constructor(code: ErrorCode, message: string, more: Omit<ApiError, 'code' | 'message'> = {}) {
    super(message);
    this.body = { code, message, ...more };
  }
}

export const refuse = (code: ErrorCode, message: string, more: Omit<ApiError, 'code' | 'message'> = {}): ApiRefusal =>
  new ApiRefusal(code, message, more);

/** Answers a refusal that a handler threw; undefined for a bug. */
export function answerError(reply: HttpReply, thrown: unknown): HttpReply | undefined {
  if (thrown instanceof ApiRefusal) {
    const { body } = thrown;
    if (body.retryAfter !== undefined) reply.header('retry-after', body.retryAfter);
    return json(reply, STATUS[body.code], body);
  }
  if (!isFault(thrown)) return undefined;
  const code: ErrorCode = thrown.code === 'body-too-large' ? 'too-large' : 'failed';
  return json(reply, STATUS[code], { code, message: thrown.message } satisfies ApiError);
}

/** The body as an object. It must be JSON, which a form of another site cannot send without a preflight request (Fetch §4.8). */
export async function bodyOf(request: HttpRequest): Promise<Readonly<Record<string, unknown>>> {
  const type = String(request.headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim()
    .toLowerCase();
  if (type !== 'application/json') {
    throw refuse('not-json', 'The request is not JSON: send it with Content-Type: application/json.');
  }
  const text = (await readBody(request, MAX_BODY, BODY_MS)).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw refuse('bad-request', 'The body is not JSON.');
  }
  if (!isMap(body)) throw refuse('bad-request', 'The body is not a JSON object.');
  return body;
}

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text of the body with at most `most` characters. */
export function textOf(body: Readonly<Record<string, unknown>>, name: string, most = 1024): string {
  const value = body[name];
  if (typeof value === 'string' && value.length <= most) return value;
  throw refuse('bad-request', `"${name}" must be a text of at most ${most} characters.`);
}
