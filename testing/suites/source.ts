// Cases for every source, in addition to those for every node: it announces its camera, sends whole pictures, and answers captures.

import assert from 'node:assert/strict';
import { isRefusal } from '../../plugins/kit/image/jpeg-header.ts';
import { toImage } from '../../plugins/kit/image/recognise.ts';
import { settle } from '../clock.ts';
import type { Ending } from '../ending.ts';
import { createProbe } from '../probe.ts';
import { run } from '../run.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';
import { nodeCases, type Setup } from './node.ts';

export interface SourceSetup extends Setup {
  /** The camera's id; by default the node's id. */
  readonly camera?: string;
  /** The same profile with `mode: on_demand`, for sources with that option. */
  readonly onDemand?: string;
}

const isPicture = (data: Buffer): boolean => !isRefusal(toImage(data, false));

/** No profile of the setup needs a consumer, because the suite adds one. */
export function sourceCases<T extends Ending>(make: (t: T) => SourceSetup | Promise<SourceSetup>): readonly Case<T>[] {
  const probed = async (t: T, yaml: string, { id, plugins = [], ...options }: SourceSetup) => {
    const probe = createProbe();
    const text = `${yaml.trimEnd()}\n  conformance-probe: { use: test/probe, from: ${id} }\n`;
    await run(t, text, { ...options, plugins: [...plugins, probe.plugin] });
    return probe;
  };
  return [
    ...nodeCases(make),
    {
      title: 'it announces its camera and sends whole pictures with rising numbers',
      async run(t) {
        const setup = await make(t);
        const probe = await probed(t, setup.yaml, setup);
        const camera = setup.camera ?? setup.id;
        probe.want(camera);

        await until(() => probe.frames.length >= 3, 'three frames');

        assert.ok(probe.cameras().includes(camera), `${camera} is announced`);
        const numbers = probe.frames.map(({ seq }) => seq);
        assert.deepEqual(
          numbers,
          [...new Set(numbers)].sort((a, b) => a - b),
        );
        for (const frame of probe.frames) {
          assert.equal(frame.camera, camera);
          assert.ok(isPicture(frame.data), 'the bytes are a picture');
          assert.ok(frame.width > 0 && frame.height > 0);
        }
      },
    },
    {
      title: 'on demand it sends nothing without a want, and takes a picture on request',
      async run(t) {
        const setup = await make(t);
        if (setup.onDemand === undefined) return;
        const probe = await probed(t, setup.onDemand, setup);
        const camera = setup.camera ?? setup.id;
        await settle();
        const unwanted = probe.frames.length;

        const first = await probe.capture(camera);
        const second = await probe.capture(camera);

        assert.ok(probe.answers(camera));
        assert.ok(isPicture(first.data));
        assert.ok(second.seq > first.seq, 'each capture is a new frame');
        assert.equal(unwanted, 0);
        const before = probe.frames.length;
        const release = probe.want(camera);
        await until(() => probe.frames.length > before, 'a frame for the want');
        release();
      },
    },
  ];
}
