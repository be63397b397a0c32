// The options `printer`, `when` and `layers` of uploads: turns by state and by layer, and uploads that follow them.

import { once } from 'node:events';
import { createServer } from 'node:http';
import t from 'tap';
import type { PrinterState } from '../../../../core/contract/plugin.ts';
import { type ConditionOptions, createTurns } from '../../../../plugins/kit/printer/condition.ts';
import { feed } from '../../../support/feed.ts';
import { type Ending, run } from '../../../support/harness.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';
import { klipper } from '../../../support/klipper.ts';
import { until } from '../../../support/until.ts';

/** The turns of a series of states: numbers, or the reason without a turn. */
function turnsOf(options: ConditionOptions, states: readonly (PrinterState | undefined)[]): (number | string)[] {
  let now = 0;
  const turns = createTurns({ printer: 'p', ...options }, { monotonic: () => now });
  return states.map((state) => {
    now++;
    turns.see(state);
    const turn = turns.now();
    return typeof turn === 'string' ? turn : turn.number;
  });
}

const at = (layer: number, is: 'printing' | 'paused' = 'printing'): PrinterState => ({ is, layer });

t.test('a state yields a turn or the reason why it does not', async (t) => {
  const states = [
    undefined,
    { is: 'off' },
    { is: 'ready' },
    at(1),
    at(2),
    at(2, 'paused'),
    at(3),
    { is: 'error' },
  ] as const;
  const not = 'the printer has not answered yet';
  t.same(turnsOf({ when: 'printing' }, states), [
    not,
    'the printer is off',
    'the printer is ready',
    1,
    1,
    'the printer is paused',
    2,
    'the printer is in error',
  ]);
  t.same(turnsOf({ when: ['printing', 'paused'] }, states).slice(3), [1, 1, 1, 1, 'the printer is in error']);
  t.same(turnsOf({ when: 'on' }, states), [not, 'the printer is off', 1, 1, 1, 1, 1, 1]);
  t.same(turnsOf({ when: 'off' }, states).slice(0, 3), [not, 1, 'the printer is ready']);
});

t.test('each layer, or each n-th one, is a separate turn', async (t) => {
  t.same(turnsOf({ layers: 1 }, [at(1), at(1), at(2), at(3), at(3)]), [1, 1, 2, 3, 3]);
  t.same(turnsOf({ layers: 5 }, [at(1), at(2), at(5), at(6), at(10), at(12)]), [1, 1, 1, 2, 2, 3]);
  t.same(turnsOf({ layers: 1 }, [at(40), at(41)]), [1, 2], 'a print that was under way');
  t.same(
    turnsOf({ layers: 1 }, [at(40), { is: 'ready' }, at(1)]),
    [1, 'the printer reports no layer', 2],
    'the next print',
  );
  t.same(turnsOf({ layers: 1 }, [{ is: 'printing' }]), ['the printer reports no layer']);
  t.same(
    turnsOf({ layers: 1, when: 'printing' }, [at(3), at(3, 'paused'), at(3), at(4)]),
    [1, 'the printer is paused', 1, 2],
    'a pause does not start a layer again',
  );
});

/** A camera with 20 pictures per second, a printer, and a server that records uploads. */
async function start(t: Ending, options: string, camera = 'source/test-pattern, fps: 20, size: 64x48') {
  const printer = await klipper(t);
  const uploads: string[] = [];
  let refuse = 0;
  const refuseNext = (): void => {
    refuse = 1;
  };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (refuse-- > 0) return void response.writeHead(500).end();
      uploads.push(String(request.headers['x-id']));
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const camd = await run(
    t,
    `
camd: 1
pipeline:
  camera: { use: ${camera} }
  printer: { use: printer/moonraker, moonraker: "${printer.url}" }
  up: { use: upload/http, from: camera, url: "http://127.0.0.1:${port}/", every: 100ms, printer: printer, ${options} }
`,
  );
  /** Waits until the camera has sent this many more pictures. */
  const pictures = async (count: number): Promise<void> => {
    const before = camd.status('camera').framesOut;
    await until(() => camd.status('camera').framesOut >= before + count, `${count} pictures`);
  };
  await until(() => camd.port('printer', 'printer').state()?.is === 'ready', 'the printer');
  return { camd, printer, uploads, pictures, refuseNext };
}

t.test('nothing is uploaded before and after the print', async (t) => {
  const { camd, printer, uploads, pictures } = await start(t, 'when: printing');
  await pictures(20);
  t.equal(uploads.length, 0);
  await camd.state('up', 'running');
  t.ok(camd.lines.some(({ node, msg }) => node === 'up' && msg === 'waiting: the printer is ready'));
  printer.change({ print_stats: { state: 'printing' } });
  await until(() => uploads.length >= 3, 'uploads during the print');
  printer.change({ print_stats: { state: 'complete' } });
  await until(() => camd.port('printer', 'printer').state()?.is === 'ready', 'the end of the print');
  await pictures(4);
  const after = uploads.length;
  await pictures(20);
  t.equal(uploads.length, after);
});

t.test('one upload for each layer; a failed one is sent again', async (t) => {
  const { camd, printer, uploads, pictures, refuseNext } = await start(t, 'layers: 1');
  for (const layer of [1, 2, 3]) {
    if (layer === 2) refuseNext();
    printer.change({ print_stats: { state: 'printing', info: { current_layer: layer } } });
    await until(() => uploads.length === layer, `the picture of layer ${layer}`);
    await pictures(12);
    t.equal(uploads.length, layer);
  }
  t.equal(camd.status('up').metrics.uploaded_total, 3);
  t.equal(camd.status('up').metrics.failed_total, 1);
});

t.test('a picture from before the layer is not sent for it, however new it is', async (t) => {
  const camera = await feed(t);
  const { camd, printer, uploads } = await start(t, 'layers: 1', `source/tcp, connect: "127.0.0.1:${camera.port}"`);
  await until(() => camera.clients() > 0, 'camd to connect to the feed');
  const shoot = async (): Promise<void> => {
    const before = camd.status('camera').framesOut;
    camera.send(sampleJpeg({ seed: before + 1 }));
    await until(() => camd.status('camera').framesOut > before, 'the picture');
  };
  await shoot();
  printer.change({ print_stats: { state: 'printing', info: { current_layer: 1 } } });
  await until(
    () => /new layer/.test(JSON.stringify(camd.status('up').state)),
    'the upload to wait for a newer picture',
  );
  t.equal(uploads.length, 0);
  await shoot();
  await until(() => uploads.length === 1, 'the upload');
  await until(() => camd.status('up').metrics.uploaded_total === 1, 'the answer');
});

t.test('uploads wait while the node of the printer is missing', async (t) => {
  const { camd, printer, uploads, pictures } = await start(t, 'when: printing');
  printer.change({ print_stats: { state: 'printing' } });
  await until(() => uploads.length >= 1, 'an upload');
  printer.close();
  await until(() => camd.port('printer', 'printer').state()?.is === 'off', 'the printer to be off');
  await pictures(4);
  const after = uploads.length;
  await pictures(12);
  t.equal(uploads.length, after);
  t.ok(camd.lines.some(({ node, msg }) => node === 'up' && msg === 'waiting: the printer is off'));
});

t.test('a printer that reports no layers, as with PrusaLink, is logged once', async (t) => {
  const { camd, printer, uploads, pictures } = await start(t, 'when: printing, layers: 1');
  printer.change({ print_stats: { state: 'printing' } });
  await until(() => camd.port('printer', 'printer').state()?.is === 'printing', 'the print');
  await pictures(8);
  t.equal(uploads.length, 0);
  t.equal(
    camd.lines.filter(({ node, msg }) => node === 'up' && msg === 'waiting: the printer reports no layer').length,
    1,
  );
});

t.test('when and layers require a printer, and when accepts only these words', async (t) => {
  const wrong = (options: string) =>
    run(
      t,
      `camd: 1\npipeline:\n  c: { use: source/test-pattern }\n  u: { use: upload/http, from: c, url: "http://127.0.0.1:9/", ${options} }\n`,
    );
  await t.rejects(wrong('when: printing'), /printer/);
  await t.rejects(wrong('printer: c, when: printing'), /c/);
  await t.rejects(
    wrong('printer: p, when: on, send: every }\n  p: { use: printer/moonraker'),
    /printer has no effect with send: "every"/,
  );
  await t.rejects(wrong('printer: c, when: prnting'), /one of on, off, ready, printing, paused and error/);
});
