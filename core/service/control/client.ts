// The client of the control socket: one request, one response.

import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Time limit for an answer of the daemon. Milliseconds. */
const ANSWER_MS = 5_000;
/** Largest answer. Bytes. */
const MAX_ANSWER = 64 * 1024 * 1024;

export async function ask<T>(socket: string, method: 'GET' | 'POST', path: string, timeout = ANSWER_MS): Promise<T> {
  const response = await open(socket, method, path, timeout);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER) throw new Error(`the answer is larger than ${MAX_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return parse(Buffer.concat(chunks).toString()) as T;
}

function parse(text: string): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(text, printable);
  } catch {
    // The parser's own message quotes the text.
  }
  if (typeof answer === 'object' && answer !== null) return answer;
  throw new Error('the answer is not from camd; another program uses this socket');
}

/**
 * Another program may use the socket, and its answer is printed on a terminal: control characters except the line end are made visible,
 * in texts and in names.
 */
export function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (!Object.keys(value).some((name) => visible(name) !== name)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [visible(name), entry]));
}

const visible = (text: string): string =>
  [...text].map((letter) => (isControl(letter) ? `\\x${code(letter).toString(16).padStart(2, '0')}` : letter)).join('');

const code = (letter: string): number => letter.codePointAt(0) ?? 0;
const isControl = (letter: string): boolean =>
  letter !== '\n' && (letter < ' ' || (letter >= '\u007f' && letter <= '\u009f'));

/** The answer as a stream; rejects if the daemon does not serve the path. */
export function open(
  socket: string,
  method: 'GET' | 'POST',
  path: string,
  timeout = ANSWER_MS,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Without an agent, which would inspect the host name of a TCP connection and compile a large pattern for that.
    const createConnection = (): Socket => connect(socket);
    const call = request({ createConnection, method, path, headers: { connection: 'close' } }, (response) => {
      call.setTimeout(0);
      if (response.statusCode === 200) return resolve(response);
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text = (text + part).slice(0, 1000);
      });
      response.on('end', () => {
        reject(new Error(String(printable('', text)) || `the daemon answered ${response.statusCode}`));
      });
    });
    call.setTimeout(timeout, () => call.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    call.once('error', reject);
    call.end();
  });
}
