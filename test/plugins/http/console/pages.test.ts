// The pages of http/console in Chromium: both sizes, languages and colours, by keyboard alone, roles, a plan, a merge, undo.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import t from 'tap';
import { de } from '../../../../plugins/http/console/page/lib/words/de.ts';
import { PAGES, type PageName } from '../../../../plugins/http/console/page-files.ts';
import { violations } from '../../../support/axe.ts';
import { chromium, LANGUAGES, logIn, PATIENCE, speak, tabTo, visit } from '../../../support/console-pages.ts';
import { dedent } from '../../../support/dedent.ts';
import { stillCamera } from '../../../support/still-camera.ts';
import { until } from '../../../support/until.ts';

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;
const ANNA = ['anna', 'correct horse'] as const;
const DOOR = ['door', 'battery staple'] as const;

const PROFILE = dedent`
  camd: 1
  control: false
  cameras: { gate: The gate }
  pipeline:
    gate: { use: source/test-pattern, size: 160x90, fps: 5 }   # by the road
    away: { use: source/tcp, connect: 127.0.0.1:1, parse: mjpeg }
    latest: { use: cache/latest, from: [gate, away], stale_after: 15s }
    web: { use: http/server, listen: 127.0.0.1:0 }
    stream: { use: http/stream, on: web, from: latest, path: "/{camera}/stream.mjpg" }
    console:
      use: http/console
      listen: 127.0.0.1:0
      edit: true
      title: Workshop
      users:
        ${ANNA[0]}: { password: ${ANNA[1]}, role: edit }
        ${DOOR[0]}: { password: ${DOOR[1]} }
`;

/** The selector that appears once a page is fully loaded. */
const READY: Readonly<Record<PageName, string>> = {
  login: '#password',
  graph: '.box[data-state=running]',
  node: '#options',
  profile: '[data-errors="0"]',
  changes: 'h1',
  camera: '#where',
  doctor: '#findings',
};

/** Every page covers each pair of size, language and colour; with CAMD_LONG=1, every combination of all three. */
const colorsFor = (language: string, size: string): readonly ('light' | 'dark')[] => {
  if (process.env.CAMD_LONG === '1') return ['light', 'dark'];
  return (language === 'en-GB') === (size === 'desktop') ? ['light'] : ['dark'];
};

t.test(
  'every page is complete and accessible at both sizes, in both languages and both colours',
  { timeout: 300_000 },
  async (t) => {
    const { page, go, errors } = await visit(t, PROFILE);
    for (const [language, words] of Object.entries(LANGUAGES)) {
      await (await chromium()).clearCookies();
      await speak(page, language);
      for (const name of ['login', 'graph', 'node', 'profile', 'changes', 'camera', 'doctor'] as const) {
        await go(name, name === 'node' ? '?id=gate' : '');
        await page.locator(READY[name]).first().waitFor();
        t.equal(await page.evaluate(() => document.documentElement.lang), language.slice(0, 2));
        t.match(await page.title(), words[`nav.${name}`], `${name} in ${language}`);
        for (const [size, viewport] of Object.entries(SIZES)) {
          await page.setViewportSize(viewport);
          for (const colorScheme of colorsFor(language, size)) {
            await page.emulateMedia({ colorScheme });
            t.same(await violations(page), [], `${name}, ${language}, ${size}, ${colorScheme}`);
          }
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          t.ok(wide <= 0, `${name} fits on a ${size}`);
        }
        if (name === 'login') await logIn(page, ANNA, words);
      }
    }
    t.same(errors, [], 'no errors in the browser, and the policy blocked nothing');
  },
);

t.test('by keyboard: from the login to a node, its pictures, and a restart', { timeout: 120_000 }, async (t) => {
  const { page, go, errors, camd } = await visit(t, PROFILE);
  await go('node', '?id=gate');
  await page.waitForURL((url) => url.pathname === PAGES.login);
  await logIn(page, ANNA);
  t.match(page.url(), /\/node\?id=gate$/, 'the login redirects to the requested page');

  await tabTo(page, page.getByRole('link', { name: 'Graph', exact: true }));
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /^away, source\/tcp, degraded/ }).waitFor();
  await page.locator('.edge.frames text').first().waitFor();
  t.match(await page.locator('.edge.frames text').first().textContent(), /^\d.*\/s$/, 'the lines show rates');
  t.match(await page.locator('.nodes').textContent(), /cannot be reached/, 'the reason is shown');
  await tabTo(page, page.getByRole('link', { name: /^gate, source\/test-pattern, running/ }));
  await page.keyboard.press('Enter');

  await page.getByRole('heading', { name: 'gate' }).waitFor();
  t.match(await page.locator('.options').textContent(), /fps.*5.*profile\.yaml:5/s, 'options with their lines');
  await tabTo(page, page.getByRole('button', { name: 'Start', exact: true }));
  await page.keyboard.press('Enter');
  await page.locator('canvas[data-seq]').waitFor();
  t.match(await page.locator('.tap-facts').textContent(), /160 × 90 · .*B.* · age/, 'size and age');
  const { since } = camd.status('gate').state;
  await tabTo(page, page.getByRole('button', { name: 'Restart' }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Restart now' }));
  await page.keyboard.press('Enter');
  await until(() => camd.status('gate').state.since !== since, 'the node to be restarted', PATIENCE);
  t.same(errors, []);
});

t.test('the profile: an error at its place, the plan, apply, and undo', { timeout: 120_000 }, async (t) => {
  const { page, go, errors, text, camd } = await visit(t, PROFILE);
  await go('profile');
  await logIn(page, ANNA);
  await page.locator('[data-errors="0"]').waitFor();
  const editor = page.getByRole('textbox', { name: 'Text of the profile' });
  t.notMatch(await editor.textContent(), ANNA[1], 'no secret is shown');
  const apply = page.getByRole('button', { name: 'Apply' });
  t.ok(await apply.isDisabled(), 'there is nothing to apply yet');

  await tabTo(page, editor);
  await page.keyboard.press('Control+Home');
  for (let line = 1; line < 5; line++) await page.keyboard.press('ArrowDown');
  const typed = async (end: string, keys: string): Promise<void> => {
    await page.locator('.cm-line', { hasText: end }).first().waitFor();
    await page.keyboard.type(keys);
  };
  for (let letter = 0; letter < '  gate: { use: source/test-pattern, size: 160x90, fp'.length; letter++) {
    await page.keyboard.press('ArrowRight');
  }
  await typed('fps: 5', 'x');
  await page.locator('[data-errors="1"]').waitFor();
  t.match(await page.locator('.cm-lintRange-error').first().textContent(), /fpxs/, 'the error is marked at its place');
  t.match(await page.locator('#problems').textContent(), '1 error');
  t.ok(await apply.isDisabled());
  t.same(await violations(page), []);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('End');
  for (let letter = 0; letter < ' }   # by the road'.length; letter++) await page.keyboard.press('ArrowLeft');
  await page.keyboard.type('0');
  await page.locator('.plan-text', { hasText: 'replaced gate' }).waitFor();
  t.match(await page.locator('.plan').textContent(), /gate\.fps.*5.*50/s, 'the plan names the value');
  const plan = await page.locator('.plan-text').textContent();
  t.match(plan, /0 streams cut$/);
  t.equal(text(), PROFILE, 'nothing is saved yet');
  await page.keyboard.press('Control+s');
  await until(() => text() !== PROFILE, 'the file to be written', PATIENCE);
  t.equal(text(), PROFILE.replace('fps: 5 ', 'fps: 50 '), 'every other byte is unchanged');
  await page.getByText(`Applied: ${plan}.`).waitFor({ state: 'attached' });
  t.ok(await apply.isDisabled());

  await go('changes');
  await page.getByRole('heading', { name: 'Changes' }).waitFor();
  await page.locator('.line.new', { hasText: 'fps: 50' }).waitFor();
  t.match(await page.locator('.rows').textContent(), 'anna from 127.0.0.1');
  t.same(await violations(page), []);
  await tabTo(page, page.getByRole('button', { name: 'Undo' }));
  await page.keyboard.press('Enter');
  await page.getByText('Undo restores the older text: replaced gate').waitFor();
  t.same(await violations(page), []);
  await tabTo(page, page.getByRole('button', { name: 'Undo' }));
  await page.keyboard.press('Enter');
  await until(() => text() === PROFILE, 'the older text', PATIENCE);
  t.equal(camd.status('gate').state.is, 'running');
  t.same(errors, []);
});

t.test('a file that changed meanwhile is merged, and never overwritten', { timeout: 120_000 }, async (t) => {
  const { page, go, text, camd } = await visit(t, PROFILE);
  const file = join(camd.folder, 'profile.yaml');
  await go('profile');
  await logIn(page, ANNA);
  await page.locator('.cm-line', { hasText: 'fps: 5' }).click();
  await page.keyboard.press('End');
  await page.keyboard.type(' side');
  await page.getByText('kept', { exact: false }).first().waitFor();
  const theirs = PROFILE.replace('stale_after: 15s', 'stale_after: 30s');
  writeFileSync(file, theirs);

  const apply = page.getByRole('button', { name: 'Apply' });
  await until(() => apply.isEnabled(), 'the plan', PATIENCE);
  await apply.click();
  await page.getByText('A file on the machine has changed in the meantime.').waitFor();
  t.equal(text(), theirs, 'nothing is overwritten');
  t.match(
    await page.locator('.cm-content').textContent(),
    /by the road side.*stale_after: 30s/s,
    'both changes are present',
  );
  t.match(
    await page.locator('.cm-changedLine').allTextContents(),
    [/by the road side/],
    'only the own change is marked',
  );
  t.same(await violations(page), []);
  await until(() => apply.isEnabled(), 'the new plan', PATIENCE);
  await apply.click();
  await until(() => text() === theirs.replace('by the road', 'by the road side'), 'both changes in the file', PATIENCE);
  // The page has read the file that it wrote.
  await page.getByRole('group', { name: 'Differences' }).waitFor({ state: 'detached' });

  await page.locator('.cm-line', { hasText: 'fps: 5' }).click();
  await page.keyboard.press('End');
  await page.keyboard.type('!');
  writeFileSync(file, theirs.replace('by the road', 'by the wood'));
  await until(() => apply.isEnabled(), 'a plan', PATIENCE);
  await apply.click();
  await page.locator('.cm-deletedChunk', { hasText: 'by the wood' }).waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Next difference' }));
  await page.keyboard.press('Enter');
  await page.getByRole('group', { name: 'Differences' }).getByRole('button', { name: 'Take the file’s' }).click();
  await page.locator('.cm-line', { hasText: 'by the wood' }).waitFor();
  t.match(await page.locator('.cm-content').textContent(), /by the wood/);
  await until(() => apply.isDisabled(), 'nothing to be left to apply', PATIENCE);
});

t.test('a user with read access sees no pages or buttons for changes', { timeout: 120_000 }, async (t) => {
  const { page, go } = await visit(t, PROFILE, 'de-DE');
  await go('graph');
  await page.getByLabel(de['login.user']).fill(DOOR[0]);
  await page.getByLabel(de['login.password']).fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText(de['error.wrong-login']).first().waitFor();
  t.same(await violations(page), []);
  await logIn(page, DOOR, de);
  await page.locator(READY.graph).first().waitFor();
  t.same(await page.locator('nav a').allTextContents(), [de['nav.graph']]);

  await go('node', '?id=gate');
  await page.locator(READY.node).waitFor();
  t.equal(await page.getByRole('button', { name: de['node.restart'] }).count(), 0);
  t.equal(await page.locator('.options a').count(), 0, 'file lines are not links');
  await go('profile');
  await page.getByText(de['may-not-edit']).waitFor();
  await tabTo(page, page.getByRole('button', { name: de.logout }));
  await page.keyboard.press('Enter');
  await page.getByLabel(de['login.password']).waitFor();
});

/** Prints one camera, like rpicam-hello on a Raspberry Pi. */
const RPICAM = `#!/bin/sh
cat <<'END'
Available cameras
-----------------
0 : imx219 [3280x2464 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                             3280x2464 [21.19 fps - (0, 0)/3280x2464 crop]
END
`;

t.test(
  'by keyboard: a camera is found, tried, shown as a difference, and inserted',
  { timeout: 120_000 },
  async (t) => {
    const programs = await stillCamera(t).install('rpicam-still');
    writeFileSync(join(programs, 'rpicam-hello'), RPICAM, { mode: 0o755 });
    const { PATH } = process.env;
    process.env.PATH = `${programs}:${PATH}`;
    t.teardown(() => {
      process.env.PATH = PATH;
    });
    const { page, go, errors, text, camd } = await visit(t, PROFILE);
    await go('camera');
    await logIn(page, ANNA);
    await page.locator(READY.camera).waitFor();
    t.equal(await page.locator('#found').count(), 0, 'no search before a click');
    const press = async (target: Locator): Promise<void> => {
      await tabTo(page, target);
      await page.keyboard.press('Enter');
    };

    await press(page.getByRole('button', { name: 'Raspberry Pi camera' }));
    await page.getByRole('heading', { name: '1 camera found' }).waitFor();
    await press(page.getByRole('button', { name: /imx219/ }));
    await page.getByLabel('Name of the node').fill('nest');
    let facts: string | null = '';
    // A test in which no second picture came in time has no rate.
    await until(
      async () => {
        await press(page.getByRole('button', { name: 'Try it' }));
        await page.locator('.tried img').waitFor();
        facts = await page.locator('.tried .hint').textContent();
        return facts?.includes('/s');
      },
      () => `the rate of the camera after "${facts}"`,
    );
    t.match(facts, /\d+ × \d+ · .*B · first picture after .* · .*\/s/);
    await press(page.getByRole('button', { name: 'Show the change' }));
    await page.locator('.line.new', { hasText: 'nest' }).first().waitFor();
    t.match(await page.locator('.plan-text').textContent(), /^added nest, kept 6 nodes, 0 streams cut$/);
    t.same(await violations(page), []);
    t.equal(text(), PROFILE, 'nothing is saved yet');
    await press(page.getByRole('button', { name: 'Apply' }));
    await page.getByRole('heading', { name: 'Node nest was added.' }).waitFor();
    t.match(text(), /nest:[\s\S]*use: source\/still/);
    t.equal(camd.status('nest').use, 'source/still');
    t.same(errors, []);
  },
);

t.test('the doctor reports problems', { timeout: 120_000 }, async (t) => {
  const { page, go, errors } = await visit(t, PROFILE);
  await go('doctor');
  await logIn(page, ANNA);
  await page.locator(READY.doctor).waitFor();
  t.match(await page.locator('.checks').first().textContent(), /away/, 'the unreachable camera');
  t.same(errors, []);
});
