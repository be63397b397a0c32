// Memory over many reloads that replace, add and remove nodes. `CAMD_LONG=1`: 800 reloads, and the figures are printed.

import t from 'tap';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { residentBytes } from './support/resident.ts';
import { until } from './support/until.ts';

const LONG = process.env.CAMD_LONG === '1';
const FIRST = 20;
const LAST = LONG ? 800 : 60;
const MOST_MB = 30;
/** Resident memory varies with the garbage collector: the minimum over so many last reloads counts. */
const LOOKS = LONG ? 50 : 10;

/** Every reload replaces a cache, a server's options and a registry, and adds or removes a source with a consumer. */
const profile = (round: number): string => dedent`
  camd: 1
  pipeline:
    gate: { use: source/test-pattern, fps: ${5 + (round % 3)}, size: 64x48 }
    latest: { use: cache/latest, from: gate, stale_after: ${10 + (round % 5)}s }
    web: { use: http/server, listen: '127.0.0.1:0', max_connections: ${100 + (round % 7)} }
    stream: { use: http/stream, on: web, from: latest, path: /stream }
    known: { use: registry/sql, url: 'sqlite:known.db', max_cameras: ${1000 + round} }
    ${round % 2 === 0 ? 'more: { use: source/test-pattern, fps: 5, size: 64x48 }' : ''}
    ${round % 2 === 0 ? 'kept: { use: cache/latest, from: more }' : ''}
`;

t.test(`memory after ${LAST} reloads is within ${MOST_MB} MB of that after ${FIRST}`, { timeout: 0 }, async (t) => {
  const daemon = await startDaemon(t, profile(0));
  const reloads = (): number => daemon.lines.filter(({ msg }) => msg === 'profile reloaded').length;
  let early = 0;
  let late = Number.POSITIVE_INFINITY;

  for (let round = 1; round <= LAST; round++) {
    const before = reloads();
    daemon.write(profile(round));
    daemon.signal('SIGHUP');
    await until(() => reloads() > before, `reload ${round}`);
    if (round === FIRST) early = residentBytes(daemon.pid);
    if (round > LAST - LOOKS) late = Math.min(late, residentBytes(daemon.pid));
  }
  const grown = (late - early) / 1024 / 1024;

  t.comment(`${(early / 1024 / 1024).toFixed(0)} MB after ${FIRST}, ${grown.toFixed(1)} MB more after ${LAST}`);
  t.ok(grown < MOST_MB, `${grown.toFixed(1)} MB more`);
});
