// The limits of the graph that docs/design.md names are as it says.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { AWAY_MS } from '../../../core/graph/flow/late.ts';
import { DEFAULT_QUEUE, MAX_WAITING_CAMERAS } from '../../../core/graph/flow/subscription.ts';
import { STOP_MS } from '../../../core/graph/run/graph-context.ts';
import { DRAIN_MS, START_MS } from '../../../core/graph/run/instance.ts';
import { MAX_METRICS } from '../../../core/graph/run/metrics.ts';
import { RESTART_FIRST_MS, RESTART_MOST_MS } from '../../../core/graph/run/supervision.ts';

const rows = readFileSync('docs/design.md', 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 5);

const seconds = (ms: number): string => `${ms / 1000} s`;

for (const [names, limit] of [
  [['MAX_WAITING_CAMERAS'], `1 per camera, ${MAX_WAITING_CAMERAS.toLocaleString('en')} cameras`],
  [['DEFAULT_QUEUE'], `${DEFAULT_QUEUE}`],
  [['AWAY_MS'], seconds(AWAY_MS)],
  [['START_MS', 'DRAIN_MS', 'STOP_MS'], [START_MS, DRAIN_MS, STOP_MS].map(seconds).join(', ')],
  [['RESTART_FIRST_MS', 'RESTART_MOST_MS'], [RESTART_FIRST_MS, RESTART_MOST_MS].map(seconds).join(' to ')],
  [['MAX_METRICS'], `${MAX_METRICS}`],
] as const) {
  t.test(`${names.join(', ')}: the number, and where it stands`, (t) => {
    const [, , said, where = ''] = rows.find((cells) => names.every((name) => cells[3]?.includes(`\`${name}\``))) ?? [];

    t.equal(said, limit);
    const files = [...where.matchAll(/`(core\/[^`]+)`/g)].map(([, file = '']) => readFileSync(file, 'utf8'));
    for (const name of names)
      t.ok(
        files.some((text) => text.includes(`export const ${name} =`)),
        name,
      );
    t.end();
  });
}
