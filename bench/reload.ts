// Measures how long a reload of one node takes among 10, 100 and 1,000 nodes, and how late frames are meanwhile.

import { onePipeline, startCamd } from './camd.ts';
import { FPS } from './fan-out.ts';
import type { Watched } from './load/viewers.ts';
import { pictureFolder } from './pictures.ts';
import { LOAD_CPU, type Program, startProgram } from './programs.ts';
import { median, type Row } from './row.ts';

const NODES = [10, 100, 1000];
/** Milliseconds in which a reload and its effects end. */
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

/** One watched camera and many others, each with its cache and its snapshot. One of the caches changes. */
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
  const took: number[] = [];
  const late: number[] = [];
  const calm: number[] = [];
  try {
    await feed.ask({ door: 0, fps: FPS });
    await viewers.ask({ step: 'enter', url: `${camd.origin()}/stream.mjpg`, viewers: 10, warm: 1000 });
    for (let round = 1; round <= reloads; round++) {
      calm.push((await viewers.ask<Watched>({ step: 'watch', window: WINDOW })).most);
      // Longer by a digit from time to time, so that the following text moves.
      camd.write(profile(ports, nodes, round * 17));
      const said = camd.line('profile reloaded');
      const watching = viewers.ask<Watched>({ step: 'watch', window: WINDOW });
      camd.reload();
      took.push(Number((await said).took_ms));
      late.push((await watching).most);
    }
    await viewers.ask({ step: 'leave' });
  } finally {
    await feed.ask({ door: 0, fps: 0 });
    await camd.stop();
  }
  const large = nodes === 1000;
  return [
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
