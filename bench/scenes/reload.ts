// Measures the duration of a reload of one node among 10, 100 and 1,000 nodes, and the delay of frames during it.

import { BEFORE, type Camd, onePipeline, startCamd } from '../camd.ts';
import type { Watched } from '../load/viewers.ts';
import { pictureFolder } from '../pictures.ts';
import { LOAD_CPU, type Program, startProgram } from '../programs.ts';
import { against } from '../rounds.ts';
import { median, type Row } from '../row.ts';
import { FPS } from '../stage.ts';

const NODES = [10, 100, 1000];
/** Milliseconds for a reload and its effects. */
const WINDOW = 600;
const RELOADS = 5;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder(), '2'], LOAD_CPU);
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const rows: Row[] = [];
  try {
    for (const nodes of quick ? NODES.filter((count) => count !== 100) : NODES)
      rows.push(...(await among(nodes, feed, feed.first.ports, viewers, quick ? 3 : RELOADS * 2)));
  } finally {
    await Promise.all([feed.stop(), viewers.stop()]);
  }
  return rows;
}

/** One watched camera and many others, each with a cache and a snapshot. One of the caches changes. */
function profile(ports: readonly number[], nodes: number, change: number): string {
  const [watched = 0, silent = 0] = ports;
  let text = onePipeline(watched);
  for (let n = 0; n < (nodes - 7) / 3; n++) {
    text += `  cam-${n}:
    use: source/tcp
    connect: 127.0.0.1:${silent}
    parse: mjpeg
    timeout: 10m
  latest-${n}:
    use: cache/latest
    from: cam-${n}
    stale_after: ${n === 1 ? 60 + change : 60}s
  snapshot-${n}:
    use: http/snapshot
    on: local
    path: /${n}.jpg
    from: latest-${n}
`;
  }
  return text;
}

async function among(
  nodes: number,
  feed: Program,
  ports: readonly number[],
  viewers: Program,
  reloads: number,
): Promise<readonly Row[]> {
  const camd = await startCamd(profile(ports, nodes, 0));
  const before = BEFORE === undefined ? undefined : await startCamd(profile(ports, nodes, 0), [], BEFORE);
  const took: number[] = [];
  const pairs: { readonly now: number; readonly before: number }[] = [];
  const late: number[] = [];
  const calm: number[] = [];
  const reload = async (server: Camd, round: number): Promise<number> => {
    // One digit longer from time to time, so that the following text moves.
    server.write(profile(ports, nodes, round * 17));
    const reloaded = server.line('profile reloaded');
    server.reload();
    return Number((await reloaded).took_ms);
  };
  try {
    await feed.ask({ door: 0, fps: FPS });
    await viewers.ask({ step: 'enter', url: `${camd.origin()}/stream.mjpg`, viewers: 10, warm: 1000 });
    for (let round = 1; round <= reloads; round++) {
      calm.push((await viewers.ask<Watched>({ step: 'watch', window: WINDOW })).most);
      const watching = viewers.ask<Watched>({ step: 'watch', window: WINDOW });
      took.push(await reload(camd, round));
      late.push((await watching).most);
    }
    await viewers.ask({ step: 'leave' });
    await feed.ask({ door: 0, fps: 0 });
    for (let round = reloads + 1; before && round <= 3 * reloads; round++)
      pairs.push({ now: await reload(camd, round), before: await reload(before, round) });
  } finally {
    await feed.ask({ door: 0, fps: 0 });
    await Promise.all([camd.stop(), before?.stop()]);
  }
  const large = nodes === 1000;
  return [
    ...beside(nodes, pairs),
    {
      name: `reload of one node among ${nodes}`,
      value: median(took),
      unit: 'ms',
      ...(large ? { required: { most: 50 } } : {}),
    },
    {
      name: `oldest frame at 10 viewers during it, ${nodes} nodes`,
      value: median(late),
      unit: 'ms',
      limitName: 'without a reload',
      limitValue: median(calm),
    },
    {
      name: `lateness during it, ${nodes} nodes`,
      value: Math.max(0, median(late) - median(calm)),
      unit: 'ms',
      ...(large ? { required: { most: 20 } } : {}),
    },
  ];
}

function beside(nodes: number, pairs: readonly { readonly now: number; readonly before: number }[]): Row[] {
  if (pairs.length === 0) return [];
  const name = `reload of one node among ${nodes}, nobody watching`;
  const [own, limit] = [pairs.map(({ now }) => now), pairs.map(({ before }) => before)];
  return [against(name, 'ms', own, 'the build before', limit)];
}
