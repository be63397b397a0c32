// printer/moonraker: states and layers from Moonraker's subscription, across restarts of Klipper and Moonraker.

import t from 'tap';
import type { PrinterState } from '../../../core/contract/plugin.ts';
import { createPrinterObjects, heightsOf } from '../../../plugins/printer/moonraker/objects.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { type Klipper, klipper } from '../../support/klipper.ts';
import { until } from '../../support/until.ts';

const profile = (url: string, more = ''): string => `
camd: 1
pipeline:
  printer: { use: printer/moonraker, moonraker: "${url}"${more} }
`;

async function start(t: Ending, printer: Klipper, more = '') {
  const camd = await run(t, profile(printer.url, more));
  const state = (): PrinterState | undefined => camd.port('printer', 'printer').state();
  return {
    camd,
    state,
    is: (expected: PrinterState['is']) => until(() => state()?.is === expected, `the state ${expected}`),
  };
}

t.test('the states of a print, with the layers reported by the slicer', async (t) => {
  const printer = await klipper(t);
  const { camd, state, is } = await start(t, printer);
  await is('ready');
  await camd.state('printer', 'running');
  t.match(printer.calls, ['server.connection.identify', 'server.info', 'printer.objects.subscribe']);

  const seen: (number | undefined)[] = [];
  camd.port('printer', 'printer').watch(({ layer }) => void seen.push(layer));
  printer.change({ print_stats: { state: 'printing', filename: 'cube.gcode', info: { current_layer: 1 } } });
  await is('printing');
  printer.change({ print_stats: { info: { current_layer: 2 } } });
  printer.change({ gcode_move: { gcode_position: [1, 2, 30, 4] } });
  printer.change({ print_stats: { info: { current_layer: 3 } } });
  await until(() => state()?.layer === 3, 'layer 3');
  t.same(seen, [1, 2, 3], 'once per change, whatever else is reported');

  printer.change({ print_stats: { state: 'paused' } });
  await is('paused');
  t.equal(state()?.layer, 3);
  printer.change({ print_stats: { state: 'complete' } });
  await is('ready');
  t.equal(state()?.layer, undefined);
  printer.change({ print_stats: { state: 'error' } });
  await is('error');
});

t.test('without layers of the slicer, they are derived from the height of the nozzle and the file', async (t) => {
  const printer = await klipper(t);
  printer.metadata.set('vase.gcode', { layer_height: 0.2, first_layer_height: 0.3 });
  const { state, is } = await start(t, printer);
  await is('ready');
  printer.change({ print_stats: { state: 'printing', filename: 'vase.gcode' } });
  await until(() => printer.calls.includes('server.files.metadata'), 'the request for the file');
  const height = async (z: number, layer: number): Promise<void> => {
    await until(() => {
      printer.change({ gcode_move: { gcode_position: [0, 0, z, 0] } });
      return state()?.layer === layer;
    }, `layer ${layer}`);
    t.equal(state()?.layer, layer);
  };
  await height(0.3, 1);
  await height(0.5, 2);
  await height(0.3, 2);
  await height(0.7, 3);
});

t.test('layers are counted by height', (t) => {
  const objects = createPrinterObjects();
  const heights = heightsOf({ layer_height: 0.2, first_layer_height: 0.25 });
  t.same(heights, { layer: 0.2, first: 0.25 });
  objects.merge({ webhooks: { state: 'ready' }, print_stats: { state: 'printing', filename: 'a' } });
  objects.setHeights(heights);
  t.same(objects.state(), { is: 'printing' }, 'before the nozzle has moved');
  for (let layer = 1; layer <= 400; layer++) {
    objects.merge({ gcode_move: { gcode_position: [0, 0, 0.25 + (layer - 1) * 0.2, 0] } });
    if (objects.state().layer !== layer) t.fail(`layer ${layer} counts as ${objects.state().layer}`);
  }
  objects.merge({ gcode_move: { gcode_position: [0, 0, 5, 0] } });
  t.equal(objects.state().layer, 400, 'a nozzle that moves down does not end a layer');
  objects.merge({ gcode_move: { gcode_position: [0, 0, 0.25 + 399 * 0.2, 0] } });
  objects.merge({ print_stats: { state: 'standby' } });
  objects.merge({ print_stats: { state: 'printing' } });
  t.equal(objects.state().layer, 400, 'the nozzle is back at its height');
  t.same(heightsOf({ layer_height: 0 }), undefined);
  t.same(heightsOf({ layer_height: 0.1 }), { layer: 0.1, first: 0.1 });
  t.same(heightsOf('nonsense'), undefined);
  t.end();
});

t.test('Klipper not ready, shut down, disconnected and back', async (t) => {
  const printer = await klipper(t);
  printer.klippy = 'disconnected';
  const { camd, is } = await start(t, printer);
  await is('off');
  await camd.state('printer', 'running');
  printer.klippy = 'ready';
  printer.notify('notify_klippy_ready');
  await is('ready');
  printer.notify('notify_klippy_shutdown');
  await is('error');
  printer.notify('notify_klippy_ready');
  await is('ready');
  printer.notify('notify_klippy_disconnected');
  await is('off');
});

t.test('an unreachable Moonraker means off; camd reconnects when it is back', async (t) => {
  const port = await freePort();
  const camd = await run(t, profile(`http://127.0.0.1:${port}`));
  const { state } = await camd.state('printer', 'degraded');
  await until(() => camd.port('printer', 'printer').state()?.is === 'off', 'the state off');
  t.match(camd.status('printer').state, { why: /Moonraker at 127\.0\.0\.1:\d+: .*nothing is listening there/ });
  t.equal(state.is, 'degraded');
  const printer = await klipper(t, port);
  await until(() => camd.port('printer', 'printer').state()?.is === 'ready', 'the state ready');
  await camd.state('printer', 'running');
  printer.cut();
  await until(() => camd.port('printer', 'printer').state()?.is === 'off', 'the state off');
  await until(() => camd.port('printer', 'printer').state()?.is === 'ready', 'the state ready again');
});

t.test('a change that arrives together with the reply to the subscription is not lost', async (t) => {
  const printer = await klipper(t);
  printer.afterSubscription = () =>
    printer.change({ print_stats: { state: 'printing', filename: 'a.gcode', info: { current_layer: 1 } } });

  const camd = await run(t, profile(printer.url));
  await camd.state('printer', 'running');

  await until(() => camd.port('printer', 'printer').state()?.is === 'printing', 'the state printing');
});

t.test(
  'a Moonraker that requires a key is reported with the remedy; with the key it works, and the key is never shown',
  async (t) => {
    const printer = await klipper(t);
    printer.key = 'a-key-of-moonraker';
    const camd = await run(t, profile(printer.url));
    await until(() => /answered 401/.test(JSON.stringify(camd.status('printer').state)), 'the refusal');
    t.match(camd.status('printer').state, {
      is: 'degraded',
      why: /answered 401: set its API key in "api_key", or add this machine/,
    });
    await camd.reload(profile(printer.url, ', api_key: a-key-of-moonraker'));
    await until(() => camd.port('printer', 'printer').state()?.is === 'ready', 'the state ready');
    t.notMatch(JSON.stringify(camd.lines), /a-key-of-moonraker/);
  },
);

t.test('malformed messages and answers do not end the connection', async (t) => {
  const printer = await klipper(t);
  const { camd, is } = await start(t, printer);
  await is('ready');
  printer.notify('notify_status_update', ['nonsense', 1]);
  printer.notify('notify_status_update', [{ print_stats: 7 }]);
  printer.notify('notify_gcode_response', ['// ok']);
  printer.change({ print_stats: { state: 'printing' } });
  await is('printing');
  t.equal(camd.status('printer').restarts, 0);
});
