// A headless Chromium with its own profile: one for all tests of a file that give the same options. It is removed at the end of the file.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
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

/** By their options; a start takes longer than most tests. */
const running = new Map<string, Promise<BrowserContext>>();

/** Debian's package chromium, without requests to the network; its pages are closed and its cookies removed after the test. */
export async function browser(
  test: Ending,
  options: BrowserContextOptions & { readonly args?: readonly string[] } = {},
): Promise<BrowserContext> {
  const key = JSON.stringify(options);
  const started = running.get(key) ?? launch(options);
  running.set(key, started);
  const context = await started;
  test.teardown(async () => {
    // Without its first page the browser would end.
    await Promise.all(context.pages().map((page, index) => index > 0 && page.close()));
    await context.clearCookies();
  });
  return context;
}

async function launch(options: BrowserContextOptions & { readonly args?: readonly string[] }): Promise<BrowserContext> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-browser-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    ...options,
    args: [...FLAGS, ...(options.args ?? [])],
  });
  t.teardown(async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return context;
}
