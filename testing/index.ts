// camd/testing: tools for tests of plugins, with node:test or tap. Each name is documented at its definition.

export { type ManualClock, manualClock, settle } from './clock.ts';
export type { Ending } from './ending.ts';
export { makeCapture, makeFrame } from './frame.ts';
export { type SampleJpeg, sampleJpeg } from './jpeg.ts';
export { createFeed, createProbe, type Feed, type Probe } from './probe.ts';
export { type LogLine, type Running, type RunOptions, run, type Starting, start } from './run.ts';
export { type FakeAnswer, type FakeRequest, type FakeServer, fakeServer } from './server.ts';
export { type MemoryStore, memoryStore } from './store.ts';
export type { Case } from './suites/case.ts';
export { type MqttUnderTest, mqttCases } from './suites/mqtt.ts';
export { nodeCases, type Setup } from './suites/node.ts';
export { type ParserCase, parserCases } from './suites/parse.ts';
export { type ReadingsUnderTest, readingCases } from './suites/reading.ts';
export { type RegistryUnderTest, registryCases } from './suites/registry.ts';
export { type RetainSetup, retainCases } from './suites/retain.ts';
export { type RouteSetup, routeCases } from './suites/route.ts';
export { type ServerSetup, serverCases } from './suites/server.ts';
export { type ServiceUnderTest, serviceCases } from './suites/service.ts';
export { type SourceSetup, sourceCases } from './suites/source.ts';
export { type StillsSetup, stillsCases } from './suites/stills.ts';
export { type StoreUnderTest, storeCases } from './suites/store.ts';
export { type ThroughSetup, throughCases } from './suites/through.ts';
export { type UploadSetup, uploadCases } from './suites/upload.ts';
export { until } from './until.ts';
