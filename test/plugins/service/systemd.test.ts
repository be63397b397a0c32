// service/systemd: only units that ran are started again, after any failure, and a killed camd leaves no unit stopped.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createStopRecord } from '../../../plugins/service/systemd/record.ts';
import { createSuspension } from '../../../plugins/service/systemd/suspension.ts';
import { createSystemctl, failure } from '../../../plugins/service/systemd/systemctl.ts';
import { unitName } from '../../../plugins/service/systemd/unit.ts';
import { camd, folderWith } from '../../support/cli.ts';
import { fakeSystemctl } from '../../support/fake-systemctl.ts';
import { type Ending, run } from '../../support/harness.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { random } from '../../support/random.ts';
import { until } from '../../support/until.ts';

const UNIT = 'streamer.service';
const patience = (): AbortSignal => new AbortController().signal;

function suspended(
  t: Ending & Parameters<typeof folderWith>[0],
  state: 'active' | 'inactive' = 'active',
  timeout = 5000,
  linger = 0,
) {
  const fake = fakeSystemctl(t, { [UNIT]: state });
  const folder = folderWith(t, {});
  const time = manualClock();
  const troubles: (string | undefined)[] = [];
  const make = () =>
    createSuspension({
      unit: UNIT,
      systemctl: createSystemctl('system'),
      record: createStopRecord(folder, UNIT),
      clock: time.clock,
      timeout,
      settle: 0,
      linger,
      onTrouble: (why) => void troubles.push(why),
    });
  const record = (): boolean =>
    existsSync(join(folder, 'suspended', UNIT)) ||
    (readdirSync(folder).includes('suspended') && readdirSync(join(folder, 'suspended')).length > 0);
  return { fake, time, troubles, make, record };
}

t.test('names of units are checked before systemctl sees them', async (t) => {
  t.same(['a', 'a.service', 'a@b.service', 'x.timer', '-a', '--now', 'a b', '../a', 'a;b', ''].map(unitName), [
    'a.service',
    'a.service',
    'a@b.service',
    'x.timer',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

t.test(
  'a unit that ran is stopped, recorded first, and started again; one that did not run is left alone',
  async (t) => {
    const { fake, make, record } = suspended(t);
    const suspension = make();

    const release = await suspension.suspend(patience());
    t.equal(fake.state(UNIT), 'inactive');
    t.ok(record(), 'the stop is recorded on disk');
    await release();
    await release();
    t.equal(fake.state(UNIT), 'active');
    t.notOk(record());
    fake.set(UNIT, 'inactive');
    await (await suspension.suspend(patience()))();

    t.equal(fake.state(UNIT), 'inactive');
    t.same(fake.calls(), [`stop ${UNIT}`, `start ${UNIT}`]);
    await suspension.end();
  },
);

t.test('uses that overlap share one stop and one start', async (t) => {
  const { fake, make } = suspended(t);
  const suspension = make();

  const releases = await Promise.all([1, 2, 3].map(() => suspension.suspend(patience())));
  for (const release of releases) await release();

  t.same(fake.calls(), [`stop ${UNIT}`, `start ${UNIT}`]);
  await suspension.end();
});

t.test(
  'with linger, uses that follow each other share one stop, and the end of the node starts the unit at once',
  async (t) => {
    const { fake, make, time, record } = suspended(t, 'active', 5000, 1000);
    const suspension = make();

    await (await suspension.suspend(patience()))();
    await time.advance(600);
    await (await suspension.suspend(patience()))();
    await time.advance(600);
    // A start would stand before this use in the order of stops and starts.
    await (await suspension.suspend(patience()))();
    t.same(fake.calls(), [`stop ${UNIT}`], 'each use is in time and restarts the wait');
    t.ok(record(), 'a kill in between would still start it');
    await time.advance(1200);
    await until(() => fake.calls().length === 2, 'the start');
    await (await suspension.suspend(patience()))();
    await suspension.end();

    t.same(fake.calls(), [`stop ${UNIT}`, `start ${UNIT}`, `stop ${UNIT}`, `start ${UNIT}`]);
    t.notOk(record());
  },
);

t.test('a unit that does not stop in time is reported, and its start is requested', async (t) => {
  const { fake, make, record } = suspended(t, 'active', 1000);
  fake.fault(UNIT, 'slow-stop', true);
  const suspension = make();

  await t.rejects(suspension.suspend(patience()), { code: 'unit-slow', message: /did not stop in time/ });

  t.same(fake.calls(), [`stop ${UNIT}`, `start ${UNIT}`]);
  t.notOk(record());
  await suspension.end();
});

t.test('without permission nothing is stopped and the error names the rule', async (t) => {
  const { fake, make } = suspended(t);
  fake.fault(UNIT, 'denied', true);
  const suspension = make();

  await t.rejects(suspension.suspend(patience()), { code: 'unit-denied', message: /camd polkit/ });

  t.equal(fake.state(UNIT), 'active');
  await suspension.end();
});

t.test('an unknown unit is reported', async (t) => {
  const { make } = suspended(t);
  const suspension = createSuspension({
    unit: 'nobody.service',
    systemctl: createSystemctl('system'),
    record: createStopRecord(folderWith(t, {}), 'nobody.service'),
    clock: manualClock().clock,
    timeout: 1000,
    settle: 0,
    linger: 0,
    onTrouble() {},
  });

  await t.rejects(suspension.suspend(patience()), { code: 'unit-unknown' });
  await make().end();
});

t.test('a unit that does not stay up is started again until it does', async (t) => {
  const { fake, make, time, troubles, record } = suspended(t);
  const suspension = make();
  const release = await suspension.suspend(patience());
  fake.fault(UNIT, 'fail-start', true);

  await release();
  t.match(troubles.at(-1), /could not be started|failed/);
  t.ok(record(), 'it counts as stopped until it is up');
  fake.fault(UNIT, 'fail-start', false);
  await until(async () => {
    await time.advance(3000);
    return troubles.at(-1) === undefined;
  }, 'the unit to be up');

  t.equal(fake.state(UNIT), 'active');
  t.notOk(record());
  await suspension.end();
});

t.test('after a kill between stop and start, the next camd starts the unit', async (t) => {
  const { fake, make, record } = suspended(t);
  await make().suspend(patience());
  t.equal(fake.state(UNIT), 'inactive');

  const next = make();
  await next.recover(patience());

  t.equal(fake.state(UNIT), 'active');
  t.notOk(record());
  await next.end();
});

t.test('the end of the node starts stopped units', async (t) => {
  const { fake, make } = suspended(t);
  const suspension = make();
  await suspension.suspend(patience());

  await suspension.end();

  t.equal(fake.state(UNIT), 'active');
});

t.test('a thousand random sequences of uses, aborts, faults and restarts leave the unit running', async (t) => {
  const { fake, make } = suspended(t, 'active', 2000);
  const pick = random(11);
  const rounds = process.env.CAMD_LONG === '1' ? 1000 : 60;
  for (let round = 0; round < rounds; round++) {
    for (const fault of ['denied', 'fail-start', 'masked'] as const) fake.fault(UNIT, fault, pick(8) === 0);
    let suspension = make();
    const releases: (() => Promise<void>)[] = [];
    for (let step = pick(4); step >= 0; step--) {
      const kind = pick(5);
      if (kind === 0) await releases.pop()?.();
      else if (kind === 1) await suspension.suspend(AbortSignal.abort(new Error('gone'))).catch(() => {});
      else if (kind === 2) {
        // A kill: nothing keeps running, and another instance starts.
        suspension = make();
        releases.length = 0;
        await suspension.recover(patience());
      } else {
        const release = await suspension.suspend(patience()).catch(() => undefined);
        if (release) releases.push(release);
      }
    }
    for (const fault of ['denied', 'fail-start', 'masked'] as const) fake.fault(UNIT, fault, false);
    for (const release of releases) await release();
    await suspension.end();
    if (fake.state(UNIT) !== 'active') {
      t.fail(`round ${round} left the unit ${fake.state(UNIT)}`);
      return;
    }
  }
  t.equal(fake.state(UNIT), 'active');
  t.same(fake.running(), [], 'no child is left');
});

t.test('an error of systemctl becomes a sentence with a remedy', async (t) => {
  const code = (stderr: string, status: number | null = 1) => failure('start', UNIT, 'system', stderr, status).code;

  t.equal(code('Failed to start x: Interactive authentication required.'), 'unit-denied');
  t.equal(code('Failed to start x: Unit x is masked.'), 'unit-masked');
  t.equal(code('Failed to start x: Unit x not found.'), 'unit-unknown');
  t.equal(code('System has not been booted with systemd as init system'), 'no-systemd');
  t.equal(code('', null), 'unit-slow');
  t.equal(code('Job failed.'), 'unit-failed');
  t.equal(code('Failed to get properties: Transport endpoint is not connected'), 'unit-no-user');
  const unread = failure('show', UNIT, 'system', 'Failed to get properties: Connection timed out', 1);
  t.match(unread, { code: 'unit-unread', message: /^The state of streamer\.service cannot be read \(system scope\)/ });
});

t.test('a truncated record still means that the unit was stopped', async (t) => {
  const folder = folderWith(t, {});
  const record = createStopRecord(folder, 'a@b/c.service');
  t.equal(await record.read(), undefined);
  await record.write(5);
  t.same(await record.read(), { since: 5 });
  const [name = ''] = readdirSync(join(folder, 'suspended'));
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(folder, 'suspended', name), '{"un');

  t.same(await record.read(), { since: 0 });
  await record.remove();
  await record.remove();

  t.equal(await record.read(), undefined);
});

const PROFILE =
  'camd: 1\npipeline:\n  one: { use: service/systemd, unit: one }\n  two: { use: service/systemd, unit: two.service }\n';

t.test('the node provides the port, and starts units that an earlier camd left stopped', async (t) => {
  const fake = fakeSystemctl(t, { 'one.service': 'active', 'two.service': 'active' });
  const camd = await run(t, PROFILE);

  const release = await camd.port('one', 'service').suspend(patience());
  t.equal(fake.state('one.service'), 'inactive');
  t.equal(fake.state('two.service'), 'active');
  await camd.stop();
  t.equal(fake.state('one.service'), 'active', 'also when camd stops first');
  await release();

  t.same(fake.calls(), ['stop one.service', 'start one.service']);
});

t.test('camd polkit prints a rule for exactly the units of the profile', async (t) => {
  const folder = folderWith(t, { 'p.yaml': PROFILE });

  const { code, out } = await camd(['polkit', 'camera', '--config', join(folder, 'p.yaml')]);

  t.equal(code, 0);
  t.equal(out.match(/polkit\.addRule/g)?.length, 2);
  t.match(out, '"one.service"');
  t.match(out, '"two.service"');
  t.match(out, 'subject.user === "camera"');
  const wrong = await camd(['polkit', 'a"b', '--config', join(folder, 'p.yaml')]);
  t.equal(wrong.code, 64);
});
