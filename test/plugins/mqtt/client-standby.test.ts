// `standby` of mqtt/client at a real mosquitto: one of several clients uses the session, and another takes over without losing a message.

import t from 'tap';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { mosquitto, outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

const profile = (url: string, after = '1s') => dedent`
  camd: 1
  pipeline:
    broker:
      use: mqtt/client
      url: ${url}
      reconnect_within: 200ms
      client_id: pair
      session: persistent
      standby: { topic: pair/active, takeover_after: ${after} }
`;

async function member(t: Ending, url: string, after?: string) {
  const camd = await run(t, profile(url, after));
  const seen: string[] = [];
  camd.port('broker', 'mqtt').subscribe('a/#', 1, ({ payload }) => void seen.push(payload.toString()));
  return { camd, seen, isActive: () => camd.status('broker').state.is === 'running' };
}

t.test(
  'of three clients one is active; when it stops, another one takes over, and each message is received',
  async (t) => {
    const broker = await mosquitto(t);
    // Long enough that the active client does not seem silent on a busy machine: another one would then receive the message.
    const patience = '30s';
    const all = [
      await member(t, broker.url),
      await member(t, broker.url, patience),
      await member(t, broker.url, patience),
    ];
    const screen = await outsider(t, broker.url);
    const oneActive = async () => {
      const active = () => all.filter(({ isActive }) => isActive());
      const [one] = await until(() => (active().length === 1 ? active() : undefined), 'one client to be active');
      return one as (typeof all)[number];
    };
    const receivers = (text: string) => all.filter(({ seen }) => seen.includes(text)).length;
    const everyone = [...all];
    const takeovers = () =>
      everyone.flatMap(({ camd }) => camd.lines.filter(({ msg }) => msg === 'taking over the session')).length;

    let before = 0;
    for (let round = 0; round < 3; round++) {
      await oneActive();
      await screen.publishAsync('a/b', `round ${round}`, { qos: 1 });
      await until(() => receivers(`round ${round}`) > 0, 'the message at a client');
      const active = await oneActive();
      // On a busy machine a client may take over before it hears of another one that did; the broker may then repeat the message.
      t.ok(receivers(`round ${round}`) <= Math.max(1, takeovers() - before), 'received by one client only');
      before = takeovers();
      await active.camd.stop();
      all.splice(all.indexOf(active), 1);
      if (all.length > 0) await screen.publishAsync('a/b', `between ${round}`, { qos: 1 });
      if (all.length > 0) await until(() => receivers(`between ${round}`) > 0, 'the message from between');
    }

    t.equal(all.length, 0);
  },
);

t.test('a closed connection is taken over at once, however long takeover_after is', async (t) => {
  const broker = await mosquitto(t);
  const first = await member(t, broker.url);
  await until(first.isActive, 'the first client to be active');
  const second = await member(t, broker.url, '10m');
  await until(() => second.camd.lines.some(({ msg }) => /stands by$/.test(msg)), 'the second client to stand by');
  const screen = await outsider(t, broker.url);

  await first.camd.stop();
  await screen.publishAsync('a/b', 'between', { qos: 1 });

  await until(() => second.seen.includes('between'), 'the message at the second client');
  t.equal(second.camd.lines.filter(({ msg }) => msg === 'taking over the session').length, 1);
});

t.test('the client that takes over logs that the broker keeps no session', async (t) => {
  const port = await freePort();
  await run(
    t,
    dedent`
    camd: 1
    pipeline:
      inside: { use: mqtt/broker, listen: "127.0.0.1:${port}", anonymous: { publish: ["#"], subscribe: ["#"] } }
  `,
  );
  const url = `mqtt://127.0.0.1:${port}`;
  const first = await member(t, url);
  await until(first.isActive, 'the first client to be active');
  const second = await member(t, url, '30s');
  await until(() => second.camd.lines.some(({ msg }) => /stands by$/.test(msg)), 'the second client to stand by');
  await first.camd.stop();

  await until(second.isActive, 'the second client to be active');

  t.equal(second.camd.lines.filter(({ msg }) => /^the broker has not kept the session/.test(msg)).length, 1);
  t.equal(first.camd.lines.filter(({ msg }) => /^the broker has not kept the session/.test(msg)).length, 0);
});

t.test('standby requires a persistent session and excludes a will', async (t) => {
  await t.rejects(run(t, profile('mqtt://127.0.0.1:1').replace('session: persistent', 'session: clean')), {
    message: /standby: only the messages of a persistent session/,
  });
  const will = 'session: persistent\n    will: { topic: a, payload: b }';
  await t.rejects(
    run(
      t,
      profile('mqtt://127.0.0.1:1').replace('session: persistent', () => will),
    ),
    {
      message: /will: a connection has one will/,
    },
  );
});
