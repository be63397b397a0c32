// The cameras of a Raspberry Pi: a page, snapshots and streams.

import type { Kind } from '../kind.ts';
import { cameraNodes, latest, pages } from '../pieces.ts';

export const pi: Kind = {
  name: 'pi',
  title: 'a page, snapshots and streams of Raspberry Pi cameras',
  cameras: 'pi',
  port: 8080,
  secrets: [],
  write: ({ cameras, listen }) => [
    'pipeline:',
    ...cameraNodes(cameras),
    '',
    latest(cameras, '5s'),
    '',
    ...pages(listen),
  ],
};
