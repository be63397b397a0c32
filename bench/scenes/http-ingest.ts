// Measures HTTP uploads per second, raw and as base64 in JSON; baseline: a server that only reads them.

import { Agent, request } from 'undici';
import { compare, pictureOf, type Taker, TOKEN } from '../ingest.ts';
import type { Row } from '../row.ts';
import { many } from './mqtt.ts';

const CAMERAS = ['one', 'two', 'three', 'four'];
const CONNECTIONS = 16;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const rounds = quick ? 1 : 5;
  const count = quick ? 500 : 2000;
  const picture = pictureOf(60_000);
  const json = Buffer.from(JSON.stringify({ image: picture.toString('base64') }));
  const { row, most } = await compare(rounds, 'bare Node', {
    raw: (taker) => post(taker, picture, 'image/jpeg', count),
    json: (taker) => post(taker, json, 'application/json', count),
  });
  const size = `${Math.round(picture.length / 1000)} KB`;
  return [
    row('raw', `HTTP ingest, ${size}, ${CONNECTIONS} connections`),
    row('json', `HTTP ingest, ${size} as base64 in JSON`),
    { name: 'memory of camd after it', value: most, unit: 'MB' },
  ];
}

async function post({ http }: Taker, body: Buffer, type: string, count: number): Promise<number> {
  const dispatcher = new Agent({ connections: CONNECTIONS });
  const headers = { 'content-type': type, authorization: `Bearer ${TOKEN}` };
  const begin = performance.now();
  await many(count, CONNECTIONS, async (index) => {
    const url = `${http}/screens/${CAMERAS[index % CAMERAS.length]}`;
    const answer = await request(url, { method: 'POST', body, headers, dispatcher });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
  });
  const seconds = (performance.now() - begin) / 1000;
  await dispatcher.close();
  return count / seconds;
}
