// `npm run bench [-- --quick] [--only NAME…] [--peer NAME=URL,PID…]`: runs every benchmark, prints a table, writes JSON to bench/out/.

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import type { Peer } from './fan-out.ts';
import { compilePrograms } from './programs.ts';
import { isMet, type Row } from './row.ts';

const subjects: Readonly<Record<string, () => Promise<Measured>>> = {
  'fan-out': () => import('./fan-out.ts'),
  snapshots: () => import('./snapshots.ts'),
  start: () => import('./start.ts'),
  memory: () => import('./memory.ts'),
  reload: () => import('./reload.ts'),
  stalled: () => import('./stalled.ts'),
  cameras: () => import('./cameras.ts'),
  'camera-server': () => import('./camera-server.ts'),
  parse: () => import('./parse.ts'),
  guard: () => import('./guard.ts'),
  mqtt: () => import('./mqtt.ts'),
  'http-ingest': () => import('./http-ingest.ts'),
  slow: () => import('./slow.ts'),
  rtsp: () => import('./rtsp.ts'),
  spool: () => import('./spool.ts'),
  'spool-backlog': () => import('./spool-backlog.ts'),
};

interface Measured {
  measure(quick: boolean, peers: readonly Peer[]): Promise<readonly Row[]>;
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    peer: { type: 'string', multiple: true, default: [] },
  },
});
const names = values.only ?? Object.keys(subjects);
const unknown = names.find((name) => !(name in subjects));
if (unknown !== undefined) fail(`There is no subject "${unknown}": ${Object.keys(subjects).join(', ')}.`);
const peers = values.peer.map(peerOf);

const began = performance.now();
await compilePrograms();
const results: Record<string, readonly Row[]> = {};
for (const name of names) {
  const since = performance.now();
  const subject = await subjects[name]?.();
  if (!subject) continue;
  const rows = await subject.measure(values.quick, peers);
  results[name] = rows;
  process.stdout.write(`\n${name} (${((performance.now() - since) / 1000).toFixed(0)} s)\n`);
  for (const row of rows) process.stdout.write(`${lineOf(row)}\n`);
}
const machine = { cpus: cpus().map(({ model }) => model), kernel: release(), node: process.version, load: loadavg() };
mkdirSync('bench/out', { recursive: true });
const file = `bench/out/${values.quick ? 'quick' : 'full'}.json`;
writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), machine, results }, undefined, 2)}\n`);
const missed = Object.values(results).flatMap((rows) => rows.filter((row) => isMet(row) === false));
process.stdout.write(`\n${((performance.now() - began) / 1000).toFixed(0)} s, written to ${file}`);
process.stdout.write(missed.length > 0 ? `; ${missed.length} not as required\n` : '; all as required\n');

function lineOf(row: Row): string {
  const { name, value, unit, limitName = '', limitValue, ratio, required } = row;
  const limit = limitValue === undefined ? '' : `${figure(limitValue)} ${unit}`;
  const met = isMet(row);
  const must = required ? ('most' in required ? `≤ ${required.most}` : `≥ ${required.least}`) : '';
  const verdict = met === undefined ? '' : `${met ? 'as' : 'NOT as'} required: ${must}`;
  return [
    `  ${name.padEnd(52)}`,
    `${figure(value)} ${unit}`.padStart(20),
    limit.padStart(20),
    (ratio === undefined ? '' : ratio.toFixed(2)).padStart(7),
    `  ${limitName.padEnd(26)}`,
    verdict,
  ]
    .join('')
    .trimEnd();
}

function figure(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 100 ? 0 : 2);
}

/** "mjpg-streamer=http://127.0.0.1:8090/?action=stream,1234" */
function peerOf(text: string): Peer {
  const match = /^([^=]+)=(.+),(\d+)$/.exec(text);
  const [, name, url, pid] = match ?? [];
  if (name === undefined || url === undefined || !URL.canParse(url)) return fail(`"${text}" is not NAME=URL,PID.`);
  return { name, url, pid: Number(pid) };
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(64);
}
