// A headless Chromium: one for all tests of a file, which ends with them; each test has a profile of its own in it.

import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import t from 'tap';

export type { Page } from 'playwright-core';

export interface Ending {
  teardown(work: () => void | Promise<void>): void;
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** By the arguments of its own; a start takes longer than most tests. */
const started = new Map<string, Promise<Browser>>();

function program(args: readonly string[]): Promise<Browser> {
  const key = args.join(' ');
  const running = started.get(key) ?? launch(args);
  started.set(key, running);
  return running;
}

async function launch(args: readonly string[]): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: [...FLAGS, ...args],
  });
  t.teardown(() => browser.close());
  return browser;
}

/** Debian's package chromium, without requests to the network. */
export async function browser(
  t: Ending,
  options: BrowserContextOptions & { readonly args?: readonly string[] } = {},
): Promise<BrowserContext> {
  const { args = [], ...more } = options;
  const context = await (await program(args)).newContext(more);
  t.teardown(() => context.close());
  return context;
}
