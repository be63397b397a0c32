// The context that the parts of one running store share: its node, folder, names, problems and the newest frame of each camera.

import type { Node } from '../../../core/contract/plugin.ts';
import type { StoreDiskOptions } from '../../../schemas/store/disk.ts';
import type { Conditions } from '../../kit/disk/conditions.ts';
import type { Newest } from '../../kit/stills/newest.ts';
import type { Names } from './names.ts';

export interface StoreContext {
  readonly node: Node<StoreDiskOptions>;
  /** The absolute path of the folder. */
  readonly path: string;
  readonly names: Names;
  readonly conditions: Conditions;
  readonly newest: Newest;
}
