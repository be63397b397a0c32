// Opens and operates the pages of http/console in Chromium for their tests.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import t from 'tap';
import { de } from '../../plugins/http/console/page/lib/words/de.ts';
import { en } from '../../plugins/http/console/page/lib/words/en.ts';
import { PAGES, type PageName } from '../../plugins/http/console/page-files.ts';
import { browser } from './browser.ts';
import { consoleAt } from './console.ts';
import { type Ending, type Running, run } from './harness.ts';

/** Milliseconds; a busy machine draws slowly. */
export const PATIENCE = 60_000;
export const LANGUAGES = { 'en-GB': en, 'de-DE': de } as const;

/** One browser for all tests, because its start takes longer than most of them. */
let started: ReturnType<typeof browser> | undefined;
export const chromium = (): ReturnType<typeof browser> => {
  started ??= browser(t);
  return started;
};

export interface Site {
  readonly camd: Running;
  readonly page: Page;
  readonly origin: string;
  /** Errors that the browser has reported. */
  readonly errors: string[];
  text(): string;
  go(name: PageName, query?: string): Promise<void>;
}

export async function visit(t: Ending, profile: string, language: keyof typeof LANGUAGES = 'en-GB'): Promise<Site> {
  const camd = await run(t, profile);
  const origin = await consoleAt(camd);
  const context = await chromium();
  await context.clearCookies();
  const page = await context.newPage();
  t.teardown(() => page.close({ runBeforeUnload: false }));
  page.setDefaultTimeout(PATIENCE);
  await speak(page, language);
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('dialog', (dialog) => void dialog.accept());
  return {
    camd,
    page,
    origin,
    errors,
    text: () => readFileSync(join(camd.folder, 'profile.yaml'), 'utf8'),
    async go(name, query = '') {
      await page.goto(`${origin}${PAGES[name]}${query}`);
    },
  };
}

/** As text, because a function would contain names of the compiler. */
export const speak = (page: Page, language: string): Promise<unknown> =>
  page.addInitScript({
    content: `Object.defineProperty(Navigator.prototype, 'languages', { get: () => ['${language}'], configurable: true })`,
  });

/** `words`: the texts in the page's language. */
export async function logIn(
  page: Page,
  [user, password]: readonly [string, string],
  words: typeof en | typeof de = en,
) {
  await page.getByLabel(words['login.user']).fill(user);
  await page.getByLabel(words['login.password']).fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname !== PAGES.login);
}

/** Fails if the keyboard does not reach the target. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  const there = (): Promise<boolean> =>
    target.evaluate((element) => (element.getRootNode() as Document | ShadowRoot).activeElement === element);
  for (let press = 0; press < 80; press++) {
    if (await there()) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab does not lead to this element.');
}
