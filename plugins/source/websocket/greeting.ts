// The first bytes of a camera: its id and its token, in any chunking. Further bytes are not parsed before both are checked.

import type { Verdict } from '../../../core/contract/plugin.ts';
import { CLOSE } from './connection.ts';

/** Limit of a token, in bytes. */
export const MAX_TOKEN = 1024;

export type Greeting =
  | { readonly is: 'welcome'; readonly camera: string; readonly token: string }
  | { readonly is: 'refused'; readonly code: number; readonly reason: string };

export interface Bytes {
  push(chunk: Buffer): void;
  /** Resolves with the next `count` bytes when they have arrived. One caller at a time. */
  take(count: number): Promise<Buffer>;
  /** All remaining bytes that have arrived. */
  rest(): Buffer;
}

/** `reading(false)` requests a pause while enough bytes are buffered. */
export function createBytes(reading: (on: boolean) => void): Bytes {
  let buffered = Buffer.alloc(0);
  let waiting: { readonly count: number; readonly resolve: (bytes: Buffer) => void } | undefined;
  const serve = (): void => {
    if (!waiting || buffered.length < waiting.count) return;
    const { count, resolve } = waiting;
    waiting = undefined;
    resolve(buffered.subarray(0, count));
    buffered = buffered.subarray(count);
    reading(false);
  };
  return {
    push(chunk) {
      buffered = Buffer.concat([buffered, chunk]);
      serve();
    },
    take: (count) =>
      new Promise((resolve) => {
        waiting = { count, resolve };
        reading(true);
        serve();
      }),
    rest() {
      const rest = buffered;
      buffered = Buffer.alloc(0);
      return rest;
    },
  };
}

export interface Check {
  known(camera: string): Promise<boolean>;
  verify(camera: string, token: string): Promise<Verdict>;
}

/** Four bytes of id, four of the token's length, the token; integers are little-endian. */
export async function readIdAndToken(bytes: Bytes, check: Check): Promise<Greeting> {
  const camera = String((await bytes.take(4)).readInt32LE());
  if (!(await check.known(camera))) return unknown(camera);
  const length = (await bytes.take(4)).readInt32LE();
  if (length < 1 || length > MAX_TOKEN) return wrong;
  return judge(camera, (await bytes.take(length)).toString('utf8'), check);
}

export async function judge(camera: string, token: string, check: Check): Promise<Greeting> {
  const verdict = await check.verify(camera, token);
  if (verdict === 'unknown') return unknown(camera);
  return verdict === 'ok' ? { is: 'welcome', camera, token } : wrong;
}

const refused = (reason: string): Greeting => ({ is: 'refused', code: CLOSE.policy, reason });
export const unknown = (camera: string): Greeting => refused(`No camera with id ${camera.slice(0, 64)} exists`);
export const wrong: Greeting = refused('Invalid token');
