// Many screens, by infoscreen-client.yaml and by paho, against the shipped profiles while each process ends in turn: test/torture/fleet.ts.
// CAMD_LONG=1: 200 screens, and ten rounds.

import { join } from 'node:path';
import t from 'tap';
import { folderWith } from './support/cli.ts';
import { fleet, type Signal } from './torture/fleet.ts';

const long = process.env.CAMD_LONG === '1';
t.setTimeout(long ? 1_800_000 : 300_000);

const round: readonly Signal[] = ['SIGKILL', 'SIGTERM'];
const size = long
  ? { screens: 200, own: 20, every: 15, rounds: [...round, ...round, ...round, ...round, ...round] }
  : { screens: 80, own: 2, every: 10, rounds: ['SIGKILL' as const] };

for (const broker of ['embedded', 'mosquitto'] as const) {
  t.test(
    `${size.screens} screens through ${broker}: camd keeps acknowledged pictures byte for byte, whichever process ends`,
    async (t) => {
      const report = long ? (line: string) => t.comment(line) : () => {};

      const { ends, lost, lostByBroker, foreign, ...figures } = await fleet({
        ...{ t, broker, report, seed: 1, ...size },
        folder: join(folderWith(t, {}), 'fleet'),
      });

      t.comment(JSON.stringify({ ...figures, lostByBroker: lostByBroker.length, ends }));
      if (broker === 'embedded') t.same(lostByBroker, [], 'it acknowledges only stored pictures');
      t.same(lost, []);
      t.same(foreign, [], 'no picture is torn or unknown');
      t.equal(figures.screens, size.screens, 'each screen has an acknowledged picture');
      t.ok(figures.acknowledged.paho >= size.screens - 2, 'paho has received its acknowledgements');
      t.equal(Object.keys(ends).length, broker === 'embedded' ? 3 : 5);
      t.ok(Object.values(ends).every(({ SIGKILL, SIGTERM }) => SIGKILL + SIGTERM === size.rounds.length));
    },
  );
}
