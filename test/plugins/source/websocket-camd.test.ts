// upload/websocket and source/websocket with `handshake: camd` under the conformance suite of the camd protocol.

import t from 'tap';
import { fleetConformance } from '../../conformance/fleet.ts';
import { freePort } from '../../support/free-port.ts';
import { run } from '../../support/harness.ts';
import { thinLine } from '../../support/thin-line.ts';
import { until } from '../../support/until.ts';

t.setTimeout(180_000);

const NAMES = ['a', 'b', 'shop-1', 'shop.x'];
const TOKENS = NAMES.map((name) => `${name}: the-long-token-of-${name}`).join(', ');

const hub = (port: number, options = '') => [
  `edges: { use: registry/list, cameras: [${NAMES}], tokens: { ${TOKENS} } }`,
  `web: { use: http/server, listen: "127.0.0.1:${port}" }`,
  `fleet: { use: source/websocket, on: web, only: edges, handshake: camd, path: "/edges/{edge}"${options} }`,
];
const edge = (port: number, name: string, token = `the-long-token-of-${name}`, more = '') =>
  `edge: { use: upload/websocket, from: cams, handshake: camd, token: ${token}, url: "ws://127.0.0.1:${port}/edges/${name}"${more} }`;

fleetConformance(t, async (t) => {
  const port = await freePort();
  const line = thinLine(t);
  const outside = await line.lead(port);
  return {
    edge: (name, { small = false } = {}) => [edge(outside, name, undefined, small ? ', small: small' : '')],
    hub: (options = {}) =>
      hub(
        port,
        Object.entries(options)
          .map(([name, value]) => `, ${name}: ${value}`)
          .join(''),
      ),
    cut: async () => line.cut(),
    restore: async () => line.restore(),
    names: ['shop-1', 'shop.x'],
  };
});

const profile = (nodes: readonly string[]) => `camd: 1\npipeline:\n${nodes.map((node) => `  ${node}\n`).join('')}`;

t.test('an edge with a wrong token, or an unknown one, is refused and logs the reason', async (t) => {
  const port = await freePort();
  await run(t, profile(hub(port)));
  const cams = 'cams: { use: source/test-pattern, mode: on_demand }';

  for (const [name, token, why] of [
    ['a', 'the-long-token-of-b', /refused this edge: Invalid token/],
    ['stranger', 'any', /refused this edge: No edge with id stranger exists/],
  ] as const) {
    const camd = await run(t, profile([cams, edge(port, name, token)]));
    await until(() => camd.lines.some((line) => why.test(String(line.why))), 'the refusal');
  }
  t.pass();
});
