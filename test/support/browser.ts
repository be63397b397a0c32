// A headless Chromium with its own profile, closed and removed at the end of the test.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';

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

/** Debian's package chromium, without requests to the network. */
export async function browser(
  t: Ending,
  options: BrowserContextOptions & { readonly args?: readonly string[] } = {},
): Promise<BrowserContext> {
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
