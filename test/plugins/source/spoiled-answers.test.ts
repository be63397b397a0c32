// Answers of cameras with one defect each: the pictures that curl shows arrive, and nothing hangs.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { collect } from '../../support/collect.ts';
import { type Ending, run } from '../../support/harness.ts';
import { realJpegs } from '../../support/real-jpegs.ts';
import { type SpoiledAnswer, spoiledAnswers } from '../../support/spoiled-answers.ts';
import { type SpoiledServer, serveSpoiled } from '../../support/spoiled-server.ts';
import { until } from '../../support/until.ts';

t.setTimeout(300_000);

const PICTURES = await realJpegs(3);
const ANSWERS = spoiledAnswers(PICTURES);
/** Nodes of one profile. */
const BATCH = 200;
/** Turns of the event loop after which a node has read what its camera has sent. */
const TURNS = 50;
/** Seconds that curl reads from a connection that stays open. */
const CURL_S = 2;
/** The output of curl for each transfer: its number in the list and its exit code. */
const RESULT = '%{urlnum} %{exitcode}\\n';
/** The exit code of transfers that another transfer aborted. */
const ABORTED = '42';
/** Each round of curl finishes at least one transfer. */
const MAX_ROUNDS = 100;

/** For each answer the pictures that curl passes on. */
async function shownByCurl(t: Ending, port: number): Promise<number[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-curl-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  let left = ANSWERS.map((_, index) => index);
  // If curl takes an answer for its own error, it aborts all other transfers: they are tried again.
  for (let round = 0; left.length > 0 && round < MAX_ROUNDS; round++) left = await curl(folder, port, left);
  return ANSWERS.map((_, index) => {
    const file = join(folder, String(index));
    const output = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    return PICTURES.flatMap((picture, number) => (output.includes(picture) ? [number] : []));
  });
}

/** Returns the answers whose transfers did not finish. */
async function curl(folder: string, port: number, answers: readonly number[]): Promise<number[]> {
  const parallel = ['--parallel', '--parallel-immediate', '--parallel-max', '200'];
  const argv = ['-qsN', '--http0.9', ...parallel, '-m', String(CURL_S), '-w', RESULT, '-K', '-'];
  const config = answers.map(
    (answer) => `url = "http://127.0.0.1:${port}/curl/${answer}"\noutput = "${join(folder, String(answer))}"\n`,
  );
  const stdout = await new Promise<string>((resolve) => {
    const child = execFile('curl', argv, { maxBuffer: 2 ** 24 }, (_, text) => resolve(text));
    child.stdin?.end(`header = "Connection: close"\n${config.join('')}`);
  });
  const codes = [...stdout.matchAll(/^(\d+) (\d+)$/gm)].filter(([, , code]) => code !== ABORTED);
  const done = new Set(codes.map(([, number]) => Number(number)));
  return answers.filter((_, index) => !done.has(index));
}

/** For each answer of a batch the pictures that camd receives before the cameras close their open connections. */
async function takenByCamd(t: Ending, server: SpoiledServer, from: number): Promise<number[][]> {
  const answers = ANSWERS.slice(from, from + BATCH);
  const node = ({ use }: SpoiledAnswer, at: number): string => {
    const url = `http://127.0.0.1:${server.port}/camd/${from + at}`;
    return `  n${at}: { use: source/${use}, url: "${url}", timeout: 1m${use === 'http-poll' ? ', every: 1h' : ''} }`;
  };
  const camd = await run(t, ['camd: 1', 'pipeline:', ...answers.map(node)].join('\n'));
  const frames = answers.map((_, at) => collect(camd, `n${at}`));
  const running = (): number[] => {
    const nodes = camd.daemon.view.nodes();
    const isOver = ({ use }: SpoiledAnswer, at: number): boolean =>
      nodes[at]?.state.is === 'degraded' || (use === 'http-poll' && (frames[at]?.length ?? 0) > 0);
    return answers.flatMap((answer, at) => (isOver(answer, at) ? [] : [at]));
  };
  const names = (list: readonly number[]): string => list.map((at) => answers[at]?.name).join('; ');
  const closing = (): number[] => running().filter((at) => answers[at]?.open === false);

  await server.send(from + answers.length);
  await until(
    () => closing().length === 0,
    () => `the end of ${names(closing())}`,
  );
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  const taken = frames.map((list) => list.map(({ data }) => PICTURES.findIndex((picture) => picture.equals(data))));
  server.hangUp();
  await until(
    () => running().length === 0,
    () => `the end of ${names(running())}`,
  );
  await camd.stop();
  return taken;
}

t.test(`at least 95 % of the pictures that curl shows of ${ANSWERS.length} spoiled answers arrive`, async (t) => {
  const server = await serveSpoiled(t, ANSWERS);

  const shown = await shownByCurl(t, server.port);
  const taken: number[][] = [];
  for (let from = 0; from < ANSWERS.length; from += BATCH) taken.push(...(await takenByCamd(t, server, from)));

  const missing = ANSWERS.flatMap(({ name }, index) =>
    (shown[index] ?? []).filter((number) => !taken[index]?.includes(number)).map((number) => `${name}: ${number}`),
  );
  const count = (lists: readonly (readonly number[])[]): number => lists.flat().length;
  t.ok(ANSWERS.length >= 500);
  t.ok(count(shown) >= 1500, `${count(shown)} pictures are shown by curl`);
  t.ok(missing.length <= 0.05 * count(shown), `${missing.length} pictures are missing:\n${missing.join('\n')}`);
  const damaged = ANSWERS.filter((_, index) => taken[index]?.includes(-1) && shown[index]?.length !== 0);
  t.same(
    damaged.map(({ name }) => name),
    [],
    'no picture that curl shows is changed',
  );
  t.comment(`curl shows ${count(shown)} pictures, camd takes ${count(taken)}, ${missing.length} are missing`);
  for (const name of missing) t.comment(name);
});
