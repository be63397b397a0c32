// The pages of a screen in a real browser: its status, its last heartbeat, and the button for a new picture.

import t from 'tap';
import { violations } from '../../support/axe.ts';
import { browser } from '../../support/browser.ts';
import { folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { mosquitto, outsider } from '../../support/mosquitto.ts';

const PATIENCE = 60_000;

t.test('"New picture" requests a picture from the screen', { timeout: 240_000 }, async (t) => {
  const broker = await mosquitto(t);
  const screen = await outsider(t, broker.url);
  const send = (seed: number) =>
    screen.publishAsync('infoscreen/lobby/screenshot', sampleJpeg({ width: 64, height: 48, seed }), { qos: 1 });
  screen.on('message', () => void send(2));
  await screen.subscribeAsync('infoscreen/lobby/command', { qos: 1 });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      broker: { use: mqtt/client, url: "${broker.url}" }
      screens:
        use: source/mqtt
        via: broker
        topic: infoscreen/{camera}/screenshot
        command_topic: infoscreen/{camera}/command
      latest: { use: cache/latest, from: screens, stale_after: 1h }
      web: { use: http/server, listen: "127.0.0.1:0" }
      state: { use: http/screens, on: web, from: latest, anyone: true }
      viewer: { use: http/viewer, on: web, from: latest }
  `,
  );
  await camd.state('broker', 'running');
  await send(1);
  const stills = camd.port('latest', 'stills');
  const first = await stills.next('lobby', 0, AbortSignal.timeout(PATIENCE));
  const page = await (await browser(t)).newPage();
  page.setDefaultTimeout(PATIENCE);

  await page.goto(`${camd.port('web', 'server').origin}/lobby`);
  await page.getByRole('button', { name: 'New picture' }).click();
  await page.getByRole('button', { name: 'Requested' }).waitFor();
  const second = await stills.next('lobby', first.seq, AbortSignal.timeout(PATIENCE));

  t.ok(second.data.equals(sampleJpeg({ width: 64, height: 48, seed: 2 })));
});

t.test(
  'the grid, the page of a screen and its history show name, status and last heartbeat',
  { timeout: 240_000 },
  async (t) => {
    const broker = await mosquitto(t);
    const screen = await outsider(t, broker.url);
    const publish = (camera: string, topic: string, text: string | Buffer) =>
      screen.publishAsync(`infoscreen/${camera}/${topic}`, text, { qos: 1 });
    const camd = await run(
      t,
      dedent`
      camd: 1
      cameras: { lobby: Lobby downstairs }
      pipeline:
        broker: { use: mqtt/client, url: "${broker.url}" }
        screens:
          use: source/mqtt
          via: broker
          topic: infoscreen/{camera}/screenshot
          status_topic: infoscreen/{camera}/status
          heartbeat_topic: infoscreen/{camera}/heartbeat
          command_topic: infoscreen/{camera}/command
        disk: { use: store/disk, from: screens, path: ${folderWith(t, {})}, min_free: 1MiB, stale_after: 1h }
        web: { use: http/server, listen: "127.0.0.1:0" }
        state: { use: http/screens, on: web, from: disk, anyone: true }
        viewer: { use: http/viewer, on: web, from: disk }
        history: { use: http/history, on: web, from: disk }
    `,
    );
    await camd.state('broker', 'running');
    for (const camera of ['lobby', 'cafe', 'hall', 'stairs']) {
      await publish(camera, 'screenshot', sampleJpeg({ width: 64, height: 48, seed: camera.length }));
    }
    await publish('lobby', 'status', 'online <b>');
    await publish('lobby', 'heartbeat', '{}');
    await publish('cafe', 'status', 'offline');
    await camd.port('disk', 'stills').next('stairs', 0, AbortSignal.timeout(PATIENCE));
    const { origin } = camd.port('web', 'server');
    const page = await (await browser(t)).newPage();
    page.setDefaultTimeout(PATIENCE);

    await page.goto(`${origin}/`);
    const lobby = page.locator('.tile', { hasText: 'Lobby downstairs' }).locator('.screen');
    await lobby.filter({ hasText: /^online <b> · heartbeat (now|\d+ s ago)$/ }).waitFor();
    t.equal(await page.locator('.tile', { hasText: 'cafe' }).locator('.screen').textContent(), 'offline');
    const hidden = await page.locator('.tile .screen').evaluateAll(
      (all) =>
        all.filter((line) => {
          const [text, tile] = [line.getBoundingClientRect(), line.closest('.tile')?.getBoundingClientRect()];
          return !tile || text.bottom > tile.bottom + 1 || text.bottom > innerHeight;
        }).length,
    );
    t.equal(hidden, 0, 'each line is below its own picture and on the screen');
    t.same(await violations(page), []);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/wall.png` });

    await page.goto(`${origin}/lobby`);
    await page
      .locator('.facts .screen')
      .filter({ hasText: /^online <b> · heartbeat/ })
      .waitFor();
    t.same(await violations(page), []);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/single.png` });

    await publish('lobby', 'status', 'updating');
    await page
      .locator('.facts .screen')
      .filter({ hasText: /^updating · heartbeat/ })
      .waitFor();

    await page.goto(`${origin}/history?camera=lobby`);
    await page
      .locator('.ways .screen')
      .filter({ hasText: /^updating · heartbeat/ })
      .waitFor();
    t.same(await violations(page), []);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/history.png` });
  },
);
