// Takes the screenshots in docs/images/ with Chromium (`npm run screenshots`; `npm run screenshots console` only takes those of the console).

import { mkdirSync } from 'node:fs';
import { browser, type Page } from '../test/support/browser.ts';
import { run } from '../test/support/harness.ts';
import { until } from '../test/support/until.ts';
import { shootConsole } from './screenshots/console.ts';
import { keepADay, SHOWN } from './screenshots/day.ts';
import { LAYERS, PROFILE, print, SCENES } from './screenshots/scenes.ts';
import { openSettings } from './screenshots/settings.ts';

const FOLDER = 'docs/images';
/** The camera that is switched off, as an example of an offline camera. */
const DARK = 'harbour';
/** Milliseconds between two pictures of a camera. */
const EVERY = 250;

const endings: (() => void | Promise<void>)[] = [];
const t = { teardown: (work: () => void | Promise<void>) => void endings.unshift(work) };

async function shoot(page: Page, file: string): Promise<void> {
  await page.screenshot({ path: `${FOLDER}/${file}` });
  process.stdout.write(`${FOLDER}/${file}\n`);
}

/** The picture of each camera, as JPEG. */
async function draw(): Promise<Map<string, Buffer<ArrayBuffer>>> {
  const page = await (await browser(t, { viewport: { width: 960, height: 540 } })).newPage();
  const drawn = new Map<string, Buffer<ArrayBuffer>>();
  for (const [id, { svg }] of Object.entries(SCENES)) {
    await page.setContent(`<style>body{margin:0}svg{display:block}</style>${svg}`);
    drawn.set(id, Buffer.from(await page.screenshot({ type: 'jpeg', quality: 95 })));
  }
  return drawn;
}

/** A growing print: one picture per number of layers. */
async function drawPrint(): Promise<Buffer[]> {
  const page = await (await browser(t, { viewport: { width: 960, height: 540 } })).newPage();
  const stages: Buffer[] = [];
  for (let layers = 0; layers <= LAYERS; layers++) {
    await page.setContent(`<style>body{margin:0}svg{display:block}</style>${print(layers)}`);
    stages.push(Buffer.from(await page.screenshot({ type: 'jpeg', quality: 95 })));
  }
  return stages;
}

/** Viewer, history and settings. */
async function shootPages(): Promise<void> {
  const drawn = await draw();
  const camd = await run(t, PROFILE);
  const url = `${camd.port('web', 'server').origin}/`;
  const post = async (id: string, body: Buffer<ArrayBuffer>): Promise<void> => {
    const headers = { 'content-type': 'image/jpeg' };
    await fetch(`${camd.port('api', 'server').origin}/${id}`, { method: 'POST', headers, body });
  };
  const sendAll = () => Promise.all([...drawn].map(([id, picture]) => post(id, picture)));
  await sendAll();
  drawn.delete(DARK);
  const sending = setInterval(() => void sendAll(), EVERY);
  t.teardown(() => clearInterval(sending));

  for (const colorScheme of ['light', 'dark'] as const) {
    const suffix = colorScheme === 'dark' ? '-dark' : '';
    const context = await browser(t, { viewport: { width: 1280, height: 640 }, colorScheme, deviceScaleFactor: 1.25 });
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('[data-state=offline]').waitFor();
    await until(
      async () => (await page.locator('canvas[data-seq]').count()) === Object.keys(SCENES).length,
      'a picture of every camera',
    );
    await page.waitForTimeout(2000);
    await shoot(page, `viewer${suffix}.png`);
    await page.locator('.tile', { hasText: 'Printer' }).click();
    await page.mouse.move(0, 0);
    await page.waitForTimeout(2000);
    await shoot(page, `viewer-camera${suffix}.png`);
    await context.close();
  }

  await keepADay(camd.port('disk', 'store'), await drawPrint());
  const context = await browser(t, { viewport: { width: 1280, height: 720 }, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(`${url}history?camera=printer&at=${new Date(SHOWN).toISOString()}`);
  await page.locator('#strip [aria-current=true]').waitFor();
  await page.locator('a', { hasText: 'Live' }).waitFor();
  await page.waitForTimeout(2000);
  await shoot(page, 'history.png');
  await context.close();
  await shoot(await openSettings(t), 'settings.png');
}

try {
  mkdirSync(FOLDER, { recursive: true });
  if (process.argv[2] !== 'console') await shootPages();
  await shootConsole(t, shoot);
} finally {
  for (const end of endings) await end();
}
