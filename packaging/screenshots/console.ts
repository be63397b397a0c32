// Takes the screenshots of http/console: the graph, a node, and the profile with the plan of a change.

import { browser, type Ending, type Page } from '../../test/support/browser.ts';
import { consoleAt } from '../../test/support/console.ts';
import { run } from '../../test/support/harness.ts';

const USER = { user: 'anna', password: 'for-the-picture' };
const SIZE = { width: 1280, height: 720 };
/** Milliseconds until the plots have some samples. */
const HISTORY_MS = 25_000;

const PROFILE = `# Two cameras of the workshop: a page, and a history of one of them
camd: 1

vars:
  keep: 15s

pipeline:
  gate: { use: source/test-pattern, size: 1280x720, fps: 10 }   # by the road
  printer:                                                      # on the frame of the printer
    use: source/http-stream
    url: http://127.0.0.1:8081/stream
    timeout: 10s

  small: { use: transform/sample, from: gate, every: 2s }
  latest:
    use: cache/latest
    from: [gate, printer]
    stale_after: \${var:keep}

  web: { use: http/server, listen: 127.0.0.1:0 }
  viewer:   { use: http/viewer,   on: web, from: latest, title: Workshop }
  snapshot: { use: http/snapshot, on: web, from: latest, path: "/{camera}/snapshot.jpg" }
  stream:   { use: http/stream,   on: web, from: latest, path: "/{camera}/stream.mjpg" }
  disk:     { use: store/disk, path: kept, from: small, min_free: 0B, durable: false }
  history:  { use: http/history,  on: web, from: disk }

  console:
    use: http/console
    listen: 127.0.0.1:0
    edit: true
    title: Workshop
    users: { ${USER.user}: { password: "\${env:CONSOLE_PASSWORD}", role: edit } }
`;

/** Text after the rate of the first camera. */
const BEHIND = ' }   # by the road';

export async function shootConsole(t: Ending, shoot: (page: Page, file: string) => Promise<void>): Promise<void> {
  const camd = await run(t, PROFILE, { env: { CONSOLE_PASSWORD: USER.password } });
  const origin = await consoleAt(camd);
  // The folder of this run is irrelevant to the reader.
  const tidy = (page: Page): Promise<void> =>
    page.evaluate((folder) => {
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let at = walk.nextNode(); at; at = walk.nextNode()) {
        at.nodeValue = at.nodeValue?.replaceAll(folder, '/etc/camd') ?? null;
      }
    }, camd.folder);
  for (const colorScheme of ['light', 'dark'] as const) {
    const suffix = colorScheme === 'dark' ? '-dark' : '';
    const context = await browser(t, { viewport: SIZE, colorScheme, deviceScaleFactor: 1.25, locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(`${origin}/login`);
    await page.getByLabel('User').fill(USER.user);
    await page.getByLabel('Password').fill(USER.password);
    await page.keyboard.press('Enter');
    await page.locator('.box[data-state=degraded]').waitFor();
    if (colorScheme === 'light') await page.waitForTimeout(HISTORY_MS);
    await page.locator('.edge.frames text').nth(2).waitFor();
    await tidy(page);
    await shoot(page, `console-graph${suffix}.png`);

    await page.goto(`${origin}/profile`);
    await page.locator('.cm-line', { hasText: 'fps: 10' }).click();
    await page.keyboard.press('End');
    for (let at = 0; at < BEHIND.length; at++) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('5');
    await page.keyboard.press('Escape');
    // The element under the pointer would show a tooltip over the plan.
    await page.mouse.move(0, 0);
    await page.locator('.plan-text', { hasText: 'replaced gate' }).waitFor();
    await page.waitForTimeout(1000);
    await tidy(page);
    await shoot(page, `console-profile${suffix}.png`);

    if (colorScheme === 'light') {
      page.on('dialog', (dialog) => void dialog.accept());
      await page.goto(`${origin}/node?id=gate`);
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.locator('canvas[data-seq]').waitFor();
      await page.locator('.u-over').first().waitFor({ state: 'attached' });
      await page.setViewportSize({ width: 1280, height: 1100 });
      await page.waitForTimeout(1500);
      await tidy(page);
      await shoot(page, 'console-node.png');
    }
    await context.close();
  }
}
