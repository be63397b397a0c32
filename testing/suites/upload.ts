// Cases for every node that sends pictures elsewhere: it sends them unchanged, tolerates an outage, and has no open resources.

import assert from 'node:assert/strict';
import type { Ending } from '../ending.ts';
import { makeCapture } from '../frame.ts';
import { sampleJpeg } from '../jpeg.ts';
import { createFeed, type Feed } from '../probe.ts';
import { type Running, type RunOptions, run } from '../run.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';
import { nodeCases } from './node.ts';

export interface UploadSetup extends RunOptions {
  /** `use` and options without `from`, such as "use: upload/http, url: …, every: 100ms". It sends pictures of the node "camera". */
  readonly node: string;
  /** Further nodes, as lines of the pipeline, such as a connection to a broker. */
  readonly beside?: string;
  /** The pictures that have arrived at the other end, oldest first. */
  received(): readonly Buffer[];
  /** Interrupts the other end; `back` restores it at the same address. */
  away(): void | Promise<void>;
  back(): void | Promise<void>;
  /** Advances the time, for a node whose `clock` is controlled by the test. */
  tick?(): void | Promise<void>;
}

/** Interval of the pictures. */
const EVERY_MS = 50;
/** Some servers consider smaller pictures broken. */
const SIZE = { width: 128, height: 96 };

export function uploadCases<T extends Ending>(make: (t: T) => UploadSetup | Promise<UploadSetup>): readonly Case<T>[] {
  const HEAD = 'camd: 1\npipeline:\n  camera: { use: test/feed }\n';
  const text = ({ node, beside = '' }: UploadSetup): string =>
    `${HEAD}${beside.replace(/\n?$/, '\n')}  sender: { ${node}, from: camera }\n`;
  const optionsOf = ({ plugins = [], env, clock, files }: UploadSetup, feed: Feed): RunOptions => ({
    ...(env ? { env } : {}),
    ...(clock ? { clock } : {}),
    ...(files ? { files } : {}),
    plugins: [...plugins, feed.plugin],
  });
  /** Sends new pictures at an interval, and records all of them. */
  const sending = async (t: T) => {
    const setup = await make(t);
    const feed = createFeed();
    const running = await run(t, text(setup), optionsOf(setup, feed));
    const sent: Buffer[] = [];
    /** Sends pictures until `look` is true. */
    const send = async (look: () => boolean, what: string): Promise<void> => {
      let last = Number.NEGATIVE_INFINITY;
      await until(async () => {
        const now = performance.now();
        if (now - last >= EVERY_MS) {
          last = now;
          const seed = sent.length + 1;
          const capture = makeCapture(seed, { ...SIZE, data: sampleJpeg({ ...SIZE, seed }) });
          sent.push(capture.data);
          void feed.send(capture, false).catch(() => {});
        }
        await setup.tick?.();
        return look();
      }, what);
    };
    return { setup, running, sent, send };
  };
  const degraded = (running: Running): boolean => running.status('sender').state.is === 'degraded';
  return [
    ...nodeCases<T>(async (t) => {
      const setup = await make(t);
      return { ...optionsOf(setup, createFeed()), yaml: text(setup), id: 'sender', without: HEAD };
    }),
    {
      title: 'pictures arrive byte for byte, in the order in which they were taken',
      async run(t) {
        const { setup, running, sent, send } = await sending(t);

        await send(() => setup.received().length >= 3, 'three pictures to arrive');

        const places = setup.received().map((data) => sent.findIndex((picture) => picture.equals(data)));
        assert.ok(!places.includes(-1), 'each was sent');
        assert.deepEqual(
          places,
          [...new Set(places)].sort((a, b) => a - b),
          'none comes twice or late',
        );
        assert.equal(running.status('sender').restarts, 0);
      },
    },
    {
      title:
        'during an outage of the other end it reports a reason and is not restarted; afterwards the newest picture arrives',
      async run(t) {
        const { setup, running, sent, send } = await sending(t);
        await send(() => setup.received().length > 0, 'a picture to arrive');

        await setup.away();
        await send(() => degraded(running), 'the sender to be degraded');
        const { state, restarts } = running.status('sender');
        const from = sent.length;
        await setup.back();
        const arrived = () => setup.received().some((data) => sent.slice(from).some((picture) => picture.equals(data)));
        await send(() => arrived() && !degraded(running), 'a new picture to arrive');

        const why = 'why' in state ? state.why : '';
        assert.notEqual(why, '', 'there is a reason');
        assert.equal(restarts, 0);
        assert.equal(running.status('sender').restarts, 0);
      },
    },
    {
      title: 'it stops immediately during an outage of the other end',
      async run(t) {
        const { setup, running, send } = await sending(t);
        await setup.away();
        await send(() => degraded(running), 'the sender to be degraded');

        await running.stop();

        const late = running.lines.filter(({ msg }) => /did not (stop|finish)/.test(msg));
        assert.deepEqual(late, []);
      },
    },
  ];
}
