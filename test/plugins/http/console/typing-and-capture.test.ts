// The console in Chromium: completion while typing, and a capture from a camera on demand.

import t from 'tap';
import { logIn, PATIENCE, visit } from '../../../support/console-pages.ts';
import { dedent } from '../../../support/dedent.ts';
import { stillCamera } from '../../../support/still-camera.ts';
import { until } from '../../../support/until.ts';

/** Milliseconds; a list that has just opened ignores Enter, which may belong to the text. */
const SETTLED = 250;
/** Requested for completion and on hover. */
const COMPLETE = '**/api/profile/complete';
/** Pixels: over the second word of a line. */
const OVER_TEXT = { x: 110, y: 8 };
const ANNA = ['anna', 'correct horse'] as const;

const profile = (camera: string): string => dedent`
  camd: 1
  control: false
  pipeline:
    gate: { use: source/test-pattern, size: 160x90, fps: 5 }
    nest: ${camera}
    web: { use: http/server, listen: 127.0.0.1:0 }
    stream: { use: http/stream, on: web, from: gate, path: /stream.mjpg }
    console:
      use: http/console
      listen: 127.0.0.1:0
      edit: true
      users: { ${ANNA[0]}: { password: ${ANNA[1]}, role: edit } }
`;

t.test('completion describes options, and Enter accepts one', { timeout: 120_000 }, async (t) => {
  const { page, go, errors } = await visit(t, profile('{ use: source/test-pattern, fps: 1 }'));
  await go('profile');
  await logIn(page, ANNA);
  await page.locator('[data-errors="0"]').waitFor();
  await page.locator('.cm-line', { hasText: 'stream.mjpg' }).click();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.type(', max_v');
  await page.keyboard.press('Control+Space');

  const item = page.locator('.cm-tooltip-autocomplete li', { hasText: 'max_viewers' });
  await item.waitFor();
  await page.locator('.cm-tooltip.cm-completionInfo').waitFor();
  t.match(
    await page.locator('.cm-tooltip.cm-completionInfo').textContent(),
    /viewers/i,
    'the description of the option',
  );
  await page.waitForTimeout(SETTLED);
  await page.keyboard.press('Enter');

  await page.locator('.cm-line', { hasText: 'path: /stream.mjpg, max_viewers' }).waitFor();
  t.same(errors, []);
});

t.test('hovering shows the description of an option, and leaving hides it', { timeout: 120_000 }, async (t) => {
  const { page, go, errors } = await visit(t, profile('{ use: source/test-pattern, fps: 1 }'));
  await go('profile');
  await logIn(page, ANNA);
  await page.locator('[data-errors="0"]').waitFor();
  const line = page.locator('.cm-line', { hasText: 'gate: {' });
  const text = page.locator('.cm-tooltip-hover');
  await line.hover();
  await text.waitFor();
  t.match(await text.textContent(), /\w+: \w+/);
  await page.mouse.move(0, 0);
  await text.waitFor({ state: 'detached' });

  // The pointer leaves before the daemon answers.
  let answer = (): void => {};
  const left = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(COMPLETE, async (route) => {
    await left;
    await route.continue();
  });
  const request = page.waitForRequest(COMPLETE);
  const answered = page.waitForResponse(COMPLETE);
  await page.locator('.cm-line', { hasText: 'stream: {' }).hover({ position: OVER_TEXT });
  await request;
  await page.mouse.move(0, 0);
  answer();
  await answered;
  await page.waitForTimeout(SETTLED);

  t.equal(await text.count(), 0);
  t.same(errors, []);
});

t.test('a click takes a picture with a camera on demand', { timeout: 120_000 }, async (t) => {
  const programs = await stillCamera(t).install('rpicam-still');
  const { PATH } = process.env;
  process.env.PATH = `${programs}:${PATH}`;
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  const { page, go, errors, camd } = await visit(t, profile('{ use: source/still, mode: on_demand }'));
  await go('node', '?id=nest');
  await logIn(page, ANNA);
  await page.getByRole('button', { name: 'Capture now' }).click();

  const picture = page.locator('.captured img');
  await picture.waitFor();
  const width = (): Promise<number> => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth);
  await until(async () => (await width()) > 0, 'the picture to be drawn', PATIENCE);
  t.match(await page.locator('.captured .hint').textContent(), /\d+ × \d+/);
  const line = camd.lines.find(({ msg }) => msg === 'console: a picture is taken');
  t.match(line, { camera: 'nest', by: `${ANNA[0]} from 127.0.0.1` }, 'the log names the user');
  t.same(errors, []);
});
