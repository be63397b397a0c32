// The conformance suite of stores, under tap.

import type { Test } from 'tap';
import { type StoreUnderTest, storeCases } from '../../testing/index.ts';
import { runCases } from '../support/cases.ts';

export { frameOf } from '../../testing/suites/store.ts';

export const storeConformance = (t: Test, open: (t: Test) => Promise<StoreUnderTest>): Promise<void> =>
  runCases(t, storeCases(open));
