// Cameras for the tests of edges and hubs: a source whose pictures come from the test, and which counts requests.

import type { Capture, Command, Fact, Node } from '../../core/contract/plugin.ts';
import { environment } from '../../core/contract/plugin.ts';
import { sampleJpeg } from '../../testing/index.ts';

/** A decodable JPEG of about this size: comments before the picture (T.81 §B.2.4.5). */
export function jpegOf(bytes: number, seed = 1): Buffer {
  const small = sampleJpeg({ seed });
  const parts = [small.subarray(0, 2)];
  for (let left = bytes - small.length; left > 0; left -= 65_000) {
    const comment = Buffer.alloc(Math.min(left, 65_000), seed);
    parts.push(Buffer.from([0xff, 0xfe, (comment.length + 2) >> 8, (comment.length + 2) & 0xff]), comment);
  }
  return Buffer.concat([...parts, small.subarray(2)]);
}

export interface FleetCameras {
  /** The plugin `test/cameras` with the option `ids`. */
  readonly plugin: object;
  /** Sends a picture of a camera; false if there is no want for it and the camera is on demand. */
  send(camera: string, capture: Capture): boolean;
  /** Number of active wants for this camera. */
  wants(camera: string): number;
  /** Number of wants so far for this camera. */
  starts(camera: string): number;
  readonly captures: () => number;
  readonly commands: readonly (Command & { readonly camera: string })[];
}

interface Options {
  readonly ids: readonly string[];
}

/** @param ready awaited by each capture */
export function fleetCameras(
  picture: () => Capture,
  answer: Fact = true,
  ready: () => Promise<void> = async () => {},
): FleetCameras {
  const wants = new Map<string, number>();
  const started = new Map<string, number>();
  const nodes = new Map<string, Node<Options>>();
  const commands: (Command & { readonly camera: string })[] = [];
  let captures = 0;
  return {
    plugin: {
      use: 'test/cameras',
      schema: {
        summary: 'Cameras of a test',
        description: 'Sends pictures of the test.',
        provides: ['frames'],
        type: 'object',
        additionalProperties: false,
        properties: {
          ids: { description: 'Their ids.', type: 'array', items: { type: 'string' } },
        },
      },
      start(node: Node<Options>) {
        for (const id of node.options.ids) {
          nodes.set(id, node);
          node.output.announce(id);
        }
        node.output.onWant((camera) => {
          const ids = camera === undefined ? node.options.ids : [camera];
          const add = (by: number) => {
            for (const id of ids) wants.set(id, (wants.get(id) ?? 0) + by);
          };
          for (const id of ids) started.set(id, (started.get(id) ?? 0) + 1);
          add(1);
          return () => add(-1);
        });
        node.output.answer('capture', async (camera) => {
          captures++;
          await ready();
          if (camera.startsWith('broken')) throw environment('no-picture', `The camera ${camera} is unplugged.`);
          return node.output.stamp({ ...picture(), camera });
        });
        node.output.answer('command', async (camera, command) => {
          commands.push({ camera, ...command });
          return answer;
        });
      },
    },
    send(camera, capture) {
      const node = nodes.get(camera);
      if (!node || (wants.get(camera) ?? 0) === 0) return false;
      void node.output.emit(node.output.stamp({ ...capture, camera }));
      return true;
    },
    wants: (camera) => wants.get(camera) ?? 0,
    starts: (camera) => started.get(camera) ?? 0,
    captures: () => captures,
    commands,
  };
}
