// The entry point of the page Node.

import { NodePage } from './lib/node/page.ts';
import { start } from './lib/start.ts';

start('node', import.meta.url, NodePage);
