// The conformance suite of plugins that provide `mqtt`, under tap.

import type { Test } from 'tap';
import { type MqttUnderTest, mqttCases } from '../../testing/index.ts';
import { runCases } from '../support/cases.ts';

export const mqttConformance = (t: Test, make: (t: Test) => Promise<MqttUnderTest>): void =>
  void runCases(t, mqttCases(make));
