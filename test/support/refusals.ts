// A table of invalid profiles: title, text and expected problems, run as tests.

import type { Test } from 'tap';
import { found, readText, type Texts } from './reading.ts';

export interface Refusal {
  readonly title: string;
  readonly text: string;
  /** "code file:line:column+length", sorted by place. */
  readonly problems: readonly string[];
  readonly texts?: Texts;
}

export function refused(t: Test, cases: readonly Refusal[]): void {
  for (const { title, text, problems, texts } of cases) {
    t.test(`a profile with ${title} is refused there`, async (t) => {
      const reading = await readText(text, texts);

      t.same(found(reading), problems);
      t.equal(reading.profile, undefined);
    });
  }
}
