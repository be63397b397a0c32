// source/directory: the pictures that other programs, such as an FTP server, write to a folder.

import { access, constants, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../core/base/reason.ts';
import { defineNode, type Finding, type Node } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { SourceDirectoryOptions } from '../../../schemas/source/directory.ts';
import { quoted } from '../../kit/examine/connection.ts';
import { examineFolder } from '../../kit/examine/folder.ts';
import { type Collector, createCollector } from './collect.ts';
import { openFiles } from './files.ts';
import { openTaken, type Taken, takenInMemory } from './taken.ts';
import { watchFolders } from './watch.ts';

/** How often a missing folder is checked for. */
const ABSENT_MS = 2000;

export default defineNode<SourceDirectoryOptions>({
  check({ cameras, camera }): Finding[] {
    if (cameras === 'one' || camera === undefined) return [];
    const message = 'camera has no effect with "cameras: folders": the name of each folder is a camera.';
    return [{ option: 'camera', code: 'wrong-value', message }];
  },
  async inspect({ path, after }, _signal, resolve): Promise<Finding[]> {
    const needed = constants.R_OK | constants.X_OK | (after === 'delete' ? constants.W_OK : 0);
    try {
      await access(resolve(path), needed);
      return [];
    } catch (cause) {
      const what = after === 'delete' ? 'read it and delete files in it' : 'read it';
      const why = errorCode(cause) === 'ENOENT' ? 'does not exist' : `must let the user that camd runs as ${what}`;
      const fix = `ls -ld ${quoted(resolve(path))}`;
      return [{ option: 'path', code: 'advice', severity: 'warning', message: `The folder ${path} ${why}.`, fix }];
    }
  },
  async *examine({ path, after }, view) {
    yield* examineFolder({ option: 'path', path: view.resolve(path), readOnly: after === 'keep' });
  },
  async start(node) {
    const { options } = node;
    const taken = options.after === 'keep' ? await openTaken(stateOf(node)) : takenInMemory();
    node.defer(() => taken.close());
    node.task(async (signal) => {
      while (!signal.aborted) {
        try {
          await collect(node, await realpath(node.resolve(options.path)), taken, signal);
        } catch (cause) {
          if (signal.aborted) return;
          if (errorCode(cause) === undefined) throw cause;
          node.degraded(absence(options.path, cause));
          await node.clock.sleep(ABSENT_MS, signal).catch(() => {});
        }
      }
    });
  },
});

async function collect(
  node: Node<SourceDirectoryOptions>,
  root: string,
  taken: Taken,
  signal: AbortSignal,
): Promise<void> {
  const files = await openFiles(root);
  let collector: Collector | undefined;
  const watch = watchFolders(
    root,
    (folder, name) => collector?.touched(folder, name),
    (folder, cause) =>
      node.log.warn('a folder is not watched; it is read every rescan', { folder, why: sentence(cause) }),
  );
  collector = createCollector({ node, files, taken, watch });
  try {
    await collector.run(signal);
  } finally {
    watch.close();
  }
}

/** Node ids contain no special characters of paths. */
const stateOf = ({ stateFolder, id }: Node<SourceDirectoryOptions>): string =>
  join(stateFolder, 'directory', `${id}.taken`);

function absence(path: string, cause: unknown): string {
  if (errorCode(cause) === 'ENOENT') return `The folder ${path} does not exist; camd waits for it.`;
  return `The folder ${path} cannot be read: ${sentence(cause)}.`;
}
