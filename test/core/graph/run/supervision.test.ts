// The decisions of a supervisor, as a table: state and event in, state and effects out.

import t from 'tap';
import type { NodeState } from '../../../../core/contract/status.ts';
import {
  type Effect,
  RESTART_FIRST_MS,
  RESTART_MOST_MS,
  reduce,
  STABLE_MS,
  type Supervision,
  type SupervisionEvent,
  supervisionAt,
} from '../../../../core/graph/run/supervision.ts';

const NOW = 1_000_000;
const moment = { now: NOW, monotonic: 50_000, chance: 0 };
const away = { why: 'the device is away', blame: 'environment' } as const;
const wrong = { why: 'the name has no {ext}', blame: 'profile' } as const;
const running: Supervision = { ...supervisionAt(0), state: { is: 'running', since: 0 }, run: 3, since: 49_000 };
const starting: Supervision = { ...supervisionAt(0), state: { is: 'starting', since: 0 } };
const waiting: Supervision = {
  ...starting,
  state: { is: 'failed', since: 0, why: 'x', retryAt: 10 },
  tries: 2,
};

interface Row {
  readonly title: string;
  readonly before: Supervision;
  readonly event: SupervisionEvent;
  readonly state: NodeState['is'];
  readonly effects: readonly Effect[];
  readonly more?: Partial<Supervision>;
}

const rows: readonly Row[] = [
  {
    title: 'a node that begins is started, and waits of an earlier life end',
    before: waiting,
    event: { is: 'begin' },
    state: 'starting',
    effects: [{ do: 'cancel' }, { do: 'start' }],
    more: { tries: 0 },
  },
  {
    title: 'a first failure is tried again after the first wait',
    before: starting,
    event: { is: 'refused', ...away },
    state: 'failed',
    effects: [{ do: 'wait', ms: RESTART_FIRST_MS }],
    more: { tries: 1, lastError: away.why },
  },
  {
    title: 'a third failure waits four times as long',
    before: waiting,
    event: { is: 'refused', ...away },
    state: 'failed',
    effects: [{ do: 'wait', ms: 4 * RESTART_FIRST_MS }],
    more: { tries: 3 },
  },
  {
    title: 'no wait is longer than the longest',
    before: { ...waiting, tries: 1000 },
    event: { is: 'refused', ...away },
    state: 'failed',
    effects: [{ do: 'wait', ms: RESTART_MOST_MS }],
  },
  {
    title: 'a fault of the profile is never tried again',
    before: starting,
    event: { is: 'refused', ...wrong },
    state: 'failed',
    effects: [],
    more: { state: { is: 'failed', since: NOW, why: wrong.why } },
  },
  {
    title: 'a fault of the profile in a running node stops it for good',
    before: running,
    event: { is: 'failed', run: 3, ...wrong },
    state: 'failed',
    effects: [{ do: 'retire', run: 3 }],
    more: { run: undefined },
  },
  {
    title: 'an instance that fails is retired and started again',
    before: { ...running, tries: 2 },
    event: { is: 'failed', run: 3, ...away },
    state: 'failed',
    effects: [
      { do: 'retire', run: 3 },
      { do: 'wait', ms: 4 * RESTART_FIRST_MS },
    ],
    more: { run: undefined, tries: 3 },
  },
  {
    title: 'one that ran stably waits no longer than after its first failure',
    before: { ...running, tries: 9, since: moment.monotonic - STABLE_MS },
    event: { is: 'failed', run: 3, ...away },
    state: 'failed',
    effects: [
      { do: 'retire', run: 3 },
      { do: 'wait', ms: RESTART_FIRST_MS },
    ],
    more: { tries: 1 },
  },
  {
    title: 'one that ran a moment less than stably does not',
    before: { ...running, tries: 1, since: moment.monotonic - STABLE_MS + 1 },
    event: { is: 'failed', run: 3, ...away },
    state: 'failed',
    effects: [
      { do: 'retire', run: 3 },
      { do: 'wait', ms: 2 * RESTART_FIRST_MS },
    ],
  },
  {
    title: 'the failure of an instance that was replaced changes nothing',
    before: running,
    event: { is: 'failed', run: 2, ...away },
    state: 'running',
    effects: [],
    more: { run: 3 },
  },
  {
    title: 'the failure of an attempt that comes after a halt changes nothing',
    before: supervisionAt(0),
    event: { is: 'refused', ...away },
    state: 'stopped',
    effects: [],
  },
  {
    title: 'when the wait is over it is started and counted, and stays failed until it runs',
    before: waiting,
    event: { is: 'due' },
    state: 'failed',
    effects: [{ do: 'start' }],
    more: { restarts: 1 },
  },
  {
    title: 'a node that comes back keeps the length of its waits until it has run stably',
    before: waiting,
    event: { is: 'activated', run: 4, health: undefined },
    state: 'running',
    effects: [{ do: 'cancel' }],
    more: { run: 4, since: moment.monotonic, tries: 2 },
  },
  {
    title: 'an instance may take effect while something that it needs is away',
    before: starting,
    event: { is: 'activated', run: 1, health: 'the broker is away' },
    state: 'degraded',
    effects: [{ do: 'cancel' }],
    more: { run: 1, lastError: 'the broker is away' },
  },
  {
    title: 'the health of an instance that is not in effect is not that of the node',
    before: running,
    event: { is: 'health', run: 9, why: 'nobody asked' },
    state: 'running',
    effects: [],
  },
  {
    title: 'the health of the one in effect is',
    before: running,
    event: { is: 'health', run: 3, why: 'the broker is away' },
    state: 'degraded',
    effects: [],
  },
  {
    title: 'a halt retires what runs and ends waits',
    before: running,
    event: { is: 'halt' },
    state: 'stopping',
    effects: [{ do: 'cancel' }, { do: 'retire', run: 3 }],
    more: { run: undefined },
  },
  {
    title: 'a halt of a node that waits ends the wait',
    before: waiting,
    event: { is: 'halt' },
    state: 'failed',
    effects: [{ do: 'cancel' }],
  },
  {
    title: 'a node that was halted is stopped',
    before: { ...running, run: undefined, state: { is: 'stopping', since: 0 } },
    event: { is: 'halted' },
    state: 'stopped',
    effects: [],
  },
  {
    title: 'a node that a reload adds is starting',
    before: supervisionAt(0),
    event: { is: 'staging' },
    state: 'starting',
    effects: [],
  },
  {
    title: 'a node that a reload replaces stays what it is while its successor starts',
    before: running,
    event: { is: 'staging' },
    state: 'running',
    effects: [],
  },
  {
    title: 'a node that failed once is failed since now, and says when it is tried again',
    before: starting,
    event: { is: 'refused', ...away },
    state: 'failed',
    effects: [{ do: 'wait', ms: RESTART_FIRST_MS }],
    more: { state: { is: 'failed', since: NOW, why: away.why, retryAt: NOW + RESTART_FIRST_MS } },
  },
  {
    title: 'the failure of an attempt beside an instance in effect changes nothing',
    before: running,
    event: { is: 'refused', ...away },
    state: 'running',
    effects: [],
    more: { run: 3, tries: 0, lastError: undefined },
  },
  {
    title: 'the failure of an attempt while the node stops changes nothing',
    before: { ...starting, state: { is: 'stopping', since: 0 } },
    event: { is: 'refused', ...away },
    state: 'stopping',
    effects: [],
  },
  {
    title: 'a node that begins anew while one of its instances is in effect has none',
    before: { ...running, restarts: 5, lastError: 'x', tries: 4 },
    event: { is: 'begin' },
    state: 'starting',
    effects: [{ do: 'cancel' }, { do: 'start' }],
    more: { state: { is: 'starting', since: NOW }, run: undefined, tries: 0, restarts: 5, lastError: 'x' },
  },
  {
    title: 'a node that waits for its next try stays failed while its successor starts',
    before: waiting,
    event: { is: 'staging' },
    state: 'failed',
    effects: [],
    more: { state: { is: 'failed', since: 0, why: 'x', retryAt: 10 } },
  },
  {
    title: 'an instance that replaces one in effect begins to count its failures anew',
    before: { ...running, tries: 4 },
    event: { is: 'activated', run: 4, health: undefined },
    state: 'running',
    effects: [{ do: 'cancel' }],
    more: { run: 4, since: moment.monotonic, tries: 0, state: { is: 'running', since: 0 } },
  },
  {
    title: 'another reason to be degraded is another state, since now',
    before: { ...running, state: { is: 'degraded', since: 0, why: 'x' }, lastError: 'x' },
    event: { is: 'health', run: 3, why: 'y' },
    state: 'degraded',
    effects: [],
    more: { state: { is: 'degraded', since: NOW, why: 'y' }, lastError: 'y' },
  },
  {
    title: 'the same reason to be degraded is the same state, since then',
    before: { ...running, state: { is: 'degraded', since: 0, why: 'x' }, lastError: 'x' },
    event: { is: 'health', run: 3, why: 'x' },
    state: 'degraded',
    effects: [],
    more: { state: { is: 'degraded', since: 0, why: 'x' }, lastError: 'x' },
  },
  {
    title: 'a node that is well again is running since now and keeps its last error',
    before: { ...running, state: { is: 'degraded', since: 0, why: 'x' }, lastError: 'x' },
    event: { is: 'health', run: 3, why: undefined },
    state: 'running',
    effects: [],
    more: { state: { is: 'running', since: NOW }, lastError: 'x' },
  },
  {
    title: 'a node that stops is stopping since now',
    before: running,
    event: { is: 'halt' },
    state: 'stopping',
    effects: [{ do: 'cancel' }, { do: 'retire', run: 3 }],
    more: { state: { is: 'stopping', since: NOW } },
  },
  {
    title: 'a node that was halted while one of its instances came into effect has none',
    before: running,
    event: { is: 'halted' },
    state: 'stopped',
    effects: [],
    more: { run: undefined, state: { is: 'stopped', since: NOW } },
  },
];

for (const { title, before, event, state, effects, more = {} } of rows) {
  t.test(title, async (t) => {
    const { next, effects: done } = reduce(before, event, moment);

    t.equal(next.state.is, state);
    t.same(done, effects);
    t.match(next, more);
  });
}

t.test('jitter shortens a wait, and an equal health keeps the same state', async (t) => {
  const early = reduce(starting, { is: 'refused', ...away }, { ...moment, chance: 1 });
  const same = reduce(running, { is: 'health', run: 3, why: undefined }, moment);

  t.same(early.effects, [{ do: 'wait', ms: 0.7 * RESTART_FIRST_MS }]);
  t.equal(same.next, running);
});
