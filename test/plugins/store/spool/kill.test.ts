// camd is killed under load: every acknowledged picture is delivered afterwards. `npm run torture` does it thousands of times.

import t from 'tap';
import { folderWith } from '../../../support/cli.ts';
import { killLoop } from '../../../torture/kill-loop.ts';

const KILLS = process.env.CAMD_LONG === '1' ? 1000 : 40;

/** A test file has ten minutes; on a loaded machine fewer kills must do. */
const WITHIN_MS = process.env.CAMD_LONG === '1' ? undefined : 120_000;

t.setTimeout(WITHIN_MS === undefined ? KILLS * 30_000 : 580_000);

t.test(
  `up to ${KILLS} times SIGKILL: no acknowledged picture is lost, none is torn, and every one is delivered`,
  async (t) => {
    // Removed after the processes that write into it have ended.
    const result = await killLoop(t, folderWith(t, {}), KILLS, 19, WITHIN_MS);

    t.same(result.lost, []);
    t.same(result.torn, []);
    t.ok(result.kills > 0 && result.acknowledged > result.kills / 2);
    t.comment(
      `${result.kills} kills, ${result.acknowledged} acknowledged, ${result.delivered} delivered, ${result.duplicates} duplicates`,
    );
  },
);
