// The conformance suite of registries, under tap.

import type { Test } from 'tap';
import { type RegistryUnderTest, registryCases } from '../../testing/index.ts';
import { runCases } from '../support/cases.ts';

export const registryConformance = (t: Test, make: (t: Test) => Promise<RegistryUnderTest>): void =>
  void runCases(t, registryCases(make));
