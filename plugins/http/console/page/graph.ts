// The entry point of the page Graph.

import { GraphPage } from './lib/graph/page.ts';
import { start } from './lib/start.ts';

start('graph', import.meta.url, GraphPage);
