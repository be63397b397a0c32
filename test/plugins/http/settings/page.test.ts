// The settings page in Chromium: add, change and delete by keyboard, the difference before it is saved, conflicts, phone and dark.

import { readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { violations } from '../../../support/axe.ts';
import { browser } from '../../../support/browser.ts';
import { dedent } from '../../../support/dedent.ts';
import { type Ending, type Running, run } from '../../../support/harness.ts';

const PHONE = { width: 390, height: 844 };
const USER = { username: 'anna', password: 'open-sesame-42' };

/** A source with the options of a camera, which lists two devices; it represents any third-party plugin. */
const PLUGIN = dedent`
  const sizes = (...all) => all.map((size) => ({ size, rates: [30] }));
  const devices = [
    { name: 'HD Pro Webcam C920', device: '/dev/v4l/by-id/usb-046d_C920-video-index0',
      formats: [{ format: 'MJPG', sizes: sizes('640x480', '1920x1080') }, { format: 'YUYV', sizes: sizes('640x480') }] },
    { name: 'Microscope', device: '/dev/video4', formats: [{ format: 'MJPG', sizes: sizes('1600x1200') }] },
  ];
  const editable = true;
  export default {
    use: 'acme/eyes',
    schema: {
      type: 'object', additionalProperties: false, provides: ['frames'],
      properties: {
        width: { $ref: '#/$defs/width' }, height: { $ref: '#/$defs/height' },
        format: { $ref: '#/$defs/format', default: 'MJPG' },
        cameras: {
          type: 'object', editable, description: 'By name.', minProperties: 1,
          additionalProperties: {
            type: 'object', additionalProperties: false, required: ['device'],
            properties: {
              device: { type: ['string', 'integer'], editable: { pattern: '^/dev/' }, description: 'The camera. See its paths.' },
              width: { $ref: '#/$defs/width' }, height: { $ref: '#/$defs/height' }, format: { $ref: '#/$defs/format' },
              stereo: { type: 'boolean', editable, default: false, description: 'One of a stereo group.' },
            },
          },
        },
        offsets: {
          type: 'object', editable, description: 'Added to the values.', default: {},
          additionalProperties: { type: 'object', propertyNames: { examples: ['roll', 'pitch'] }, additionalProperties: { type: 'number' } },
        },
      },
      $defs: {
        width: { type: 'integer', minimum: 16, editable, description: 'Pixels.' },
        height: { type: 'integer', minimum: 16, editable, description: 'Pixels.' },
        format: { type: 'string', enum: ['MJPG', 'YUYV', 'GREY'], editable, description: 'How pictures are sent.' },
      },
    },
    start(node) {
      node.output.announce(node.id);
      node.output.answer('command', async (_camera, { name }) => (name === 'devices' ? devices : false));
    },
  };
`;

const PROFILE = dedent`
  camd: 1
  control: false
  plugins: [./acme.mjs]
  pipeline:
    # on the mast
    eyes:
      use: acme/eyes
      width: 1280
      height: 720
      cameras:
        left: { device: /dev/v4l/by-id/usb-046d_C920-video-index0 }   # by the door
        right: { device: /dev/video2, width: 640, height: 480 }
    web: { use: http/server, listen: 127.0.0.1:0, auth: { basic: { users: { ${USER.username}: ${USER.password} } } } }
    settings: { use: http/settings, on: web, nodes: eyes, title: 'Eyes & ears' }
`;

/** One browser for all tests: starting it takes longer than any of them. */
let started: ReturnType<typeof browser> | undefined;
const chromium = (): ReturnType<typeof browser> => {
  started ??= browser(t, { httpCredentials: USER });
  return started;
};

interface Visit {
  readonly camd: Running;
  readonly page: Page;
  readonly errors: readonly string[];
  text(): string;
}

async function visit(t: Ending): Promise<Visit> {
  const camd = await run(t, PROFILE, { files: { 'acme.mjs': PLUGIN } });
  const page = await (await chromium()).newPage();
  t.teardown(() => page.close());
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${camd.port('web', 'server').origin}/settings`);
  await page.getByRole('heading', { name: 'left' }).waitFor();
  return { camd, page, errors, text: () => readFileSync(join(camd.folder, 'profile.yaml'), 'utf8') };
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.SETTINGS_SHOTS;
  if (folder) await writeFile(join(folder, `${name}.png`), await page.screenshot({ fullPage: true }));
}

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');

t.test(
  'a camera is changed by keyboard: its device and size are chosen, and the difference is shown first',
  async (t) => {
    const { page, text, errors } = await visit(t);
    await page.getByText('HD Pro Webcam C920 (046d C920)').waitFor();
    t.equal(await page.title(), 'Eyes & ears');
    t.same(await violations(page), []);
    await shoot(page, 'list');

    await page.getByRole('button', { name: 'Change left' }).focus();
    await page.keyboard.press('Enter');
    t.equal(await focused(page), 'left', 'the form has the focus');
    await page.getByLabel('Format').selectOption('YUYV');
    t.same(await page.getByLabel('Format').locator('option').allTextContents(), ['Default (MJPG)', 'MJPG', 'YUYV']);
    t.same(await page.getByLabel('Sizes of this camera').locator('option').allTextContents(), [
      'Choose a size',
      '640 × 480, up to 30 a second',
    ]);
    await page.getByLabel('Sizes of this camera').selectOption({ index: 1 });
    await page.getByLabel('Stereo').check();
    await page.getByLabel('Roll').fill('1.5');
    t.same(await violations(page), []);
    await shoot(page, 'form');
    await page.getByRole('button', { name: 'Review the change' }).press('Enter');

    await page.getByRole('heading', { name: 'Review the change' }).waitFor();
    const lines = await page.locator('.line.new').allTextContents();
    t.match(lines, [
      /index0, width: 640, height: 480, format: YUYV, stereo: true \} {3}# by the door/,
      /offsets: \{ left: \{ roll: 1.5 \} \}/,
    ]);
    t.equal(text(), PROFILE, 'nothing is saved yet');
    t.same(await violations(page), []);
    await shoot(page, 'review');

    await page.getByRole('button', { name: 'Back' }).click();
    t.equal(await page.getByLabel('Roll').inputValue(), '1.5', 'the typed value is still there');
    await page.getByRole('button', { name: 'Review the change' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. The new settings are in use.').waitFor();

    const inserted = ', width: 640, height: 480, format: YUYV, stereo: true }   # by';
    const expected = PROFILE.replace(' }   # by', inserted);
    t.equal(text().replace('    offsets: { left: { roll: 1.5 } }\n', ''), expected);
    t.match(await page.locator('.cards li').first().textContent(), /640 × 480, YUYV · Stereo/);
    t.same(errors, []);
  },
);

t.test('a camera is added and deleted, on a phone and in the dark', async (t) => {
  const { page, text, errors } = await visit(t);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize(PHONE);
  const isWide = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);

  await page.getByRole('button', { name: 'Add a camera' }).click();
  await page.getByLabel('Name').fill('right');
  await page.getByLabel('Connected cameras').selectOption({ index: 2 });
  t.equal(await page.getByLabel('Device', { exact: true }).inputValue(), '/dev/video4');
  await page.getByRole('button', { name: 'Review the change' }).click();
  t.equal(await page.getByRole('alert').textContent(), 'There is a camera right already.');
  await page.getByLabel('Name').fill('top');
  t.same(await violations(page), []);
  t.notOk(await isWide(), 'no sideways scrolling');
  await shoot(page, 'phone-form');
  await page.getByRole('button', { name: 'Review the change' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  t.same(await violations(page), []);
  t.notOk(await isWide());
  await shoot(page, 'phone-review');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'top' }).waitFor();
  t.equal(text(), PROFILE.replace(/( +right: .*\n)/, '$1      top: { device: /dev/video4 }\n'));
  t.same(await violations(page), []);
  t.notOk(await isWide());
  await shoot(page, 'phone-list');

  await page.getByRole('button', { name: 'Delete top' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  t.match(await page.locator('.line.gone').allTextContents(), [/top: \{ device/]);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  t.equal(text(), PROFILE);
  t.same(errors, []);
});

t.test('a setting shared by all cameras of a node changes for all of them', async (t) => {
  const { page, text } = await visit(t);

  await page.getByRole('button', { name: 'Change All cameras of eyes' }).click();
  await page.getByLabel('Width').fill('800');
  await page.getByLabel('Height').fill('');
  await page.getByRole('button', { name: 'Review the change' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();

  t.equal(text(), PROFILE.replace('width: 1280', 'width: 800').replace('    height: 720\n', ''));
});

t.test('if the file changed meanwhile, both texts are shown and nothing is overwritten', async (t) => {
  const { camd, page, text } = await visit(t);
  const theirs = PROFILE.replace('# on the mast', '# on the roof');
  await page.getByRole('button', { name: 'Change right' }).click();
  await page.getByLabel('Width').fill('800');
  await page.getByRole('button', { name: 'Review the change' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  writeFileSync(join(camd.folder, 'profile.yaml'), theirs);

  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'The file was changed in the meantime' }).waitFor();

  await page.getByText('The file as it is now').click();
  t.match(
    await page.getByRole('region', { name: 'The file as it is now' }).textContent(),
    /# on the roof.*width: 640/s,
  );
  await page.getByText('The file with your change').click();
  const merged = (await page.getByRole('region', { name: 'The file with your change' }).textContent()) ?? '';
  t.match(merged, /# on the roof.*width: 800/s);
  t.notMatch(merged, USER.password);
  t.same(await violations(page), []);
  await shoot(page, 'conflict');
  t.equal(text(), theirs);
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.getByRole('button', { name: 'Change right' }).waitFor();
});

t.test('an invalid change is rejected with its reason, and Escape leaves the form', async (t) => {
  const { page, text } = await visit(t);
  await page.getByRole('button', { name: 'Change right' }).click();
  await page.getByLabel('Device', { exact: true }).fill('/etc/passwd');
  await page.getByRole('button', { name: 'Review the change' }).click();
  await page.getByRole('heading', { name: 'The change was refused' }).waitFor();
  t.match(await page.locator('.lost').textContent(), /"\/etc\/passwd" cannot be set .* from a page/);
  t.same(await violations(page), []);

  await page.getByRole('button', { name: 'Back' }).press('Escape');
  await page.getByLabel('Width').press('Escape');
  await page.getByRole('button', { name: 'Add a camera' }).waitFor();
  t.equal(text(), PROFILE);
});
