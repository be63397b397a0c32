// The viewer's button for a new picture, in a real browser: it asks the screen over MQTT, and its picture appears.

import t from 'tap';
import { browser } from '../../support/browser.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { mosquitto, outsider } from '../../support/mosquitto.ts';

const PATIENCE = 60_000;

t.test('"New picture" asks the screen, which answers', { timeout: 240_000 }, async (t) => {
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
  await page.getByRole('button', { name: 'Asked' }).waitFor();
  const second = await stills.next('lobby', first.seq, AbortSignal.timeout(PATIENCE));

  t.ok(second.data.equals(sampleJpeg({ width: 64, height: 48, seed: 2 })));
});
