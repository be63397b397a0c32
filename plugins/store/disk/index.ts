// store/disk: stores frames in a folder, acknowledges them once they are on disk, and passes them on.

import { defineNode, environment, type Finding, refusal } from '../../../core/contract/plugin.ts';
import type { StoreDiskOptions } from '../../../schemas/store/disk.ts';
import { createConditions } from '../../kit/disk/conditions.ts';
import { examineFolder } from '../../kit/examine/folder.ts';
import { checkStaleAfter } from '../../kit/stills/advice.ts';
import { createNewest } from '../../kit/stills/newest.ts';
import { storeFrames } from '../../kit/store/frames.ts';
import { storeStills } from '../../kit/store/stills.ts';
import { createStoreWriter } from '../../kit/store/writer.ts';
import { createTimeFormat } from '../../kit/time/time-format.ts';
import { zone } from '../../kit/time/zone.ts';
import type { StoreContext } from './context.ts';
import { createNames, type Names } from './names.ts';
import { openFolder } from './opening.ts';
import { restorer, storePort } from './ports.ts';

/** Frames of sources that wait for their acknowledgement; further ones are refused. */
const MAX_WAITING = 1024;

export default defineNode<StoreDiskOptions>({
  check: (options, view) => [
    ...checkStaleAfter('stale_after', options.stale_after, view.frames('from')),
    ...refusal(
      (fault) => fault.code,
      () => namesOf(options),
    ),
    ...(options.keep !== undefined && !options.name.includes('{time}') ? [KEEP_NEEDS_TIME] : []),
  ],
  async *examine({ path, min_free: minFree }, view) {
    yield* examineFolder({ option: 'path', path: view.resolve(path), minFree });
  },
  async start(node) {
    const { options } = node;
    const path = node.resolve(options.path);
    const newest = await node.durable('newest', {
      same: [path],
      create: createNewest,
      dispose: (created) => created.close(),
    });
    const context: StoreContext = {
      node,
      path,
      names: namesOf(options),
      conditions: createConditions(node),
      newest,
    };
    const input = options.from === undefined ? undefined : node.input();
    const folder = await openFolder(context);
    const { conditions } = context;
    const writer = createStoreWriter({
      node,
      conditions,
      target: 'disk',
      parallel: options.writers,
      maxWaiting: MAX_WAITING,
      maxCameras: options.max_cameras,
      ready() {
        if (!folder.keeper()) {
          throw environment('disk-failed', `${path} cannot store pictures: the folder cannot be opened.`);
        }
      },
      put: (frame) => folder.required().put(frame),
      onRefused: (frame, cause) => folder.refused(frame.data.length, cause),
    });
    const capture = storeFrames({ node, input, writer, newest, conditions, target: path });

    node.metrics.gauge('files', () => folder.keeper()?.catalogue.count ?? 0);
    node.metrics.gauge('bytes', () => folder.keeper()?.catalogue.bytes ?? 0);
    node.metrics.gauge('waiting', writer.waiting);
    node.defer(() => writer.idle());
    return {
      store: storePort(context, folder, writer),
      stills: storeStills({ node, newest, input, capture, restore: restorer(context, folder) }),
    };
  },
});

const KEEP_NEEDS_TIME: Finding = {
  option: 'keep',
  code: 'wrong-value',
  message: 'keep: "name" has no {time}, which identifies the newest picture after a restart; add it.',
};

const namesOf = (options: StoreDiskOptions): Names =>
  createNames({
    name: options.name,
    latest: options.latest_as === 'none' ? undefined : options.latest,
    camera: options.camera,
    prefixes: options.prefixes,
    time: createTimeFormat(options.time_format, zone(options.timezone)),
  });
