// The settings page of two cameras for the documentation's screenshot, with the difference of the profile before it is saved.

import { readFileSync } from 'node:fs';
import { browser, type Ending, type Page } from '../../test/support/browser.ts';
import { run } from '../../test/support/harness.ts';

const USER = { username: 'admin', password: 'for-the-picture' };
const DEVICE = '/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920_8A5B3C2F-video-index0';

const PROFILE = `camd: 1
pipeline:
  eyes:
    use: acme/eyes
    width: 1920
    height: 1080
    cameras:
      left: { device: ${DEVICE}, stereo: true }   # by the door
      right: { device: /dev/video2, stereo: true }
  web: { use: http/server, listen: 127.0.0.1:0, auth: { basic: { users: { ${USER.username}: ${USER.password} } } } }
  settings: { use: http/settings, on: web, nodes: eyes }
`;

interface Answering {
  announce(camera: string): void;
  answer(kind: 'command', handler: () => Promise<unknown>): void;
}

/** Has the options of source/v4l2, and devices that do not exist on this machine. */
const eyes = {
  use: 'acme/eyes',
  schema: JSON.parse(readFileSync('schemas/source/v4l2.schema.json', 'utf8')) as object,
  start({ output }: { readonly output: Answering }) {
    output.announce('eyes');
    const sizes = ['640x480', '1280x720', '1920x1080'].map((size) => ({ size, rates: [30] }));
    output.answer('command', async () => [
      { name: 'HD Pro Webcam C920', device: DEVICE, formats: [{ format: 'MJPG', sizes }] },
    ]);
  },
};

/** Opens the page with a change that is not saved yet. */
export async function openSettings(t: Ending): Promise<Page> {
  const camd = await run(t, PROFILE, { plugins: [eyes] });
  const context = await browser(t, {
    viewport: { width: 900, height: 440 },
    httpCredentials: USER,
    colorScheme: 'light',
  });
  const page = await context.newPage();
  await page.goto(`${camd.port('web', 'server').origin}/settings`);
  await page.getByText('HD Pro Webcam').waitFor();
  await page.getByRole('button', { name: 'Change left' }).click();
  await page.getByLabel('Sizes of this camera').selectOption({ index: 2 });
  await page.getByLabel('Fps').fill('15');
  await page.getByRole('button', { name: 'Review the change' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  // The folder of this run is irrelevant to the reader.
  await page.locator('h3').evaluate((path) => {
    path.textContent = '/etc/camd/profile.yaml';
  });
  return page;
}
