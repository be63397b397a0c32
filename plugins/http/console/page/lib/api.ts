// The requests of the console's pages; paths are relative to the script, so that the console works below any path of a proxy.

import type { ApiError, ErrorCode } from '../../api.ts';
import { say, type Word } from './words.ts';

/** Timeout in milliseconds; a reload may wait until cameras close and open. */
const PATIENCE_MS = 60_000;

export interface Api {
  get<T>(path: string): Promise<T>;
  /** `revision`: the revision of the texts that the change is based on. */
  post<T>(path: string, body: object, revision?: string): Promise<T>;
  remove<T>(path: string): Promise<T>;
  socket(path: string): WebSocket;
}

/** A request with an error as the answer, or without an answer. */
export interface Refusal extends Error {
  readonly refusal: ApiError | undefined;
}

export const refusalOf = (thrown: unknown): ApiError | undefined =>
  thrown instanceof Error && 'refusal' in thrown ? (thrown as Refusal).refusal : undefined;

const refuse = (refusal: ApiError | undefined): Refusal =>
  Object.assign(new Error(refusal?.message ?? 'no answer'), { refusal });

/** `onLogin` is called when the session has ended. */
export function createApi(base: URL, onLogin: () => void): Api {
  const ask = async <T>(method: string, path: string, body?: object, revision?: string): Promise<T> => {
    const response = await fetch(new URL(`api/${path}`, base), {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: {
        accept: 'application/json',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }).catch(() => {
      throw refuse(undefined);
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer as T;
    const refusal = isApiError(answer) ? answer : undefined;
    if (refusal?.code === 'login') onLogin();
    throw refuse(refusal);
  };
  return {
    get: (path) => ask('GET', path),
    post: (path, body, revision) => ask('POST', path, body, revision),
    remove: (path) => ask('DELETE', path),
    socket(path) {
      const url = new URL(`api/${path}`, base);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      return new WebSocket(url);
    },
  };
}

const isApiError = (answer: unknown): answer is ApiError =>
  typeof answer === 'object' && answer !== null && 'code' in answer && 'message' in answer;

/** Codes with a fixed meaning; for all others, the daemon's message is more precise. */
const SENTENCES: Partial<Readonly<Record<ErrorCode, Word>>> = {
  login: 'error.login',
  'wrong-login': 'error.wrong-login',
  'too-many-logins': 'error.too-many-logins',
  busy: 'error.busy',
  stale: 'error.stale',
};

/** One sentence for users. */
export function sentenceOf(thrown: unknown): string {
  const refusal = refusalOf(thrown);
  if (!refusal) return say('error.away');
  const word = SENTENCES[refusal.code];
  return word ? say(word, { seconds: refusal.retryAfter ?? 0 }) : refusal.message;
}
