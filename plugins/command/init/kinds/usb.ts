// USB cameras: a page, snapshots and streams.

import type { Kind } from '../kind.ts';
import { cameraNodes, latest, pages } from '../pieces.ts';

export const usb: Kind = {
  name: 'usb',
  title: 'a page, snapshots and streams of USB cameras',
  cameras: 'usb',
  port: 8080,
  secrets: [],
  write: ({ cameras, listen }) => ['pipeline:', ...cameraNodes(cameras), '', latest(cameras), '', ...pages(listen)],
};
