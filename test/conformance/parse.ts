// The conformance suite of parsers, under tap.

import type { Test } from 'tap';
import type { ParserPlugin } from '../../core/contract/plugin.ts';
import { type ParserCase, parserCases } from '../../testing/index.ts';
import { runCases } from '../support/cases.ts';

export const parserConformance = <Options>(t: Test, plugin: ParserPlugin<Options>, given: ParserCase<Options>): void =>
  void runCases(t, parserCases(plugin, given));
