// Runs axe-core on a page and returns its accessibility violations.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** axe throws if an element disappears during its check, because pages change by themselves. */
const TRIES = 5;

export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  for (let tries = 1; ; tries++) {
    try {
      return await run(page);
    } catch (cause) {
      if (tries === TRIES) throw cause;
    }
  }
}

function run(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const tool = Reflect.get(globalThis, 'axe') as {
      run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
    };
    // The other results are counted only, not described.
    const found = await tool.run({ resultTypes: ['violations'] });
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}
