// `npm run bench [-- --quick] [--only NAME…] [--peers] [--peer NAME=URL,PID…] [--page] [--out FILE]`: runs the scenes, prints tables, writes JSON, and the page with --page.

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { watchNoise } from './noise.ts';
import { PAGE, type Result, writePage } from './page.ts';
import { peers, whyNot } from './peers/index.ts';
import { compilePrograms } from './programs.ts';
import { isMet } from './row.ts';
import { fanOut } from './scenes/fan-out.ts';
import { loadScene, type Scene, sceneNames } from './scenes.ts';
import type { Foreign } from './stage.ts';
import { lineOf } from './table.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    peers: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    out: { type: 'string' },
    peer: { type: 'string', multiple: true, default: [] },
  },
});
const names = values.only ?? (values.peers ? ['fan-out'] : sceneNames);
const unknown = names.find((name) => !sceneNames.includes(name));
if (unknown !== undefined) fail(`There is no scene "${unknown}": ${sceneNames.join(', ')}.`);
const foreign = values.peer.map(foreignOf);
/** The fan-out with all installed peers. */
const withPeers: Scene = { measure: (quick, others) => fanOut(quick, others, true) };

if (values.peers) for (const peer of peers) say(`${peer.name}: ${whyNot(peer) ?? 'takes part'}`);
const began = performance.now();
await compilePrograms();
const results: Record<string, Result> = {};
const broken: string[] = [];
for (const name of names) {
  const since = performance.now();
  const noise = watchNoise();
  const scene = values.peers && name === 'fan-out' ? withPeers : await loadScene(name);
  try {
    const rows = await scene.measure(values.quick, foreign);
    const others = noise();
    results[values.peers ? `${name} --peers` : name] = { others, rows };
    say(`\n${name} (${seconds(since)} s, others took ${percent(others)} of the machine)`);
    for (const row of rows) say(lineOf(row));
  } catch (cause) {
    broken.push(name);
    say(`\n${name} could not be measured: ${cause instanceof Error ? cause.stack : String(cause)}`);
  }
  save();
}
if (values.page) say(`\n${PAGE}: ${writePage(results, new Date().toISOString().slice(0, 10)).join(', ')}`);
const missed = Object.values(results).flatMap(({ rows }) => rows.filter((row) => isMet(row) === false));
say(
  `\n${seconds(began)} s, written to ${file()}; ${missed.length > 0 ? `${missed.length} not as required` : 'all as required'}`,
);
if (broken.length > 0) fail(`Not measured: ${broken.join(', ')}.`, 1);

function file(): string {
  return values.out ?? `bench/out/${values.quick ? 'quick' : 'full'}.json`;
}

/** Saves after each scene, so that a failing scene does not lose the results of others. */
function save(): void {
  const machine = { cpus: cpus().map(({ model }) => model), kernel: release(), node: process.version, load: loadavg() };
  mkdirSync('bench/out', { recursive: true });
  writeFileSync(file(), `${JSON.stringify({ at: new Date().toISOString(), machine, results }, undefined, 2)}\n`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(0);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** "mjpg-streamer=http://127.0.0.1:8090/?action=stream,1234" */
function foreignOf(text: string): Foreign {
  const match = /^([^=]+)=(.+),(\d+)$/.exec(text);
  const [, name, url, pid] = match ?? [];
  if (name === undefined || url === undefined || !URL.canParse(url)) return fail(`"${text}" is not NAME=URL,PID.`);
  return { name, stream: url, pid: Number(pid) };
}

function fail(message: string, code = 64): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
