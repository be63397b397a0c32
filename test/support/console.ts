// Requests to the console of a running camd, like those of a browser: with a session, JSON and the headers of its pages.

import { request as httpRequest } from 'node:http';
import { until } from './until.ts';

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: T;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent unchanged. */
  readonly raw?: string;
}

/** Does not use `fetch`, which allows no program to set Host, Origin or Sec-Fetch-Site. */
export function requestConsole<T = unknown>(origin: string, path: string, asking: Asking = {}): Promise<Answer<T>> {
  const { body, raw = body === undefined ? undefined : JSON.stringify(body) } = asking;
  const method = asking.method ?? (raw === undefined ? 'GET' : 'POST');
  const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...asking.headers };
  const socket = origin.startsWith('unix:') ? { socketPath: origin.slice('unix:'.length) } : {};
  const target = new URL(path, origin.startsWith('unix:') ? 'http://localhost' : origin);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(target, { method, headers, agent: false, ...socket }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        const isJson = /json/.test(response.headers['content-type'] ?? '');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: (isJson ? JSON.parse(text) : undefined) as T,
        });
      });
    });
    sent.on('error', reject).end(raw);
  });
}

/** Logs in and returns a function that sends requests with the session's cookie. */
export async function logIn(
  origin: string,
  user: string,
  password: string,
): Promise<<T = unknown>(path: string, asking?: Asking) => Promise<Answer<T>>> {
  const { status, headers, text } = await requestConsole(origin, '/api/session', { body: { user, password } });
  if (status !== 200) throw new Error(`${user} could not log in: ${status} ${text}`);
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  return (path, asking = {}) => requestConsole(origin, path, { ...asking, headers: { cookie, ...asking.headers } });
}

/** The address of a running profile's console, from its log. */
export async function consoleAt({ lines }: { readonly lines: readonly { readonly msg: string }[] }): Promise<string> {
  const started = () => lines.findLast(({ msg }) => msg === 'serving the console');
  const line = await until(started, 'a console to have started');
  if (!('url' in line)) throw new Error('the line of the console has no address');
  return String(line.url);
}
