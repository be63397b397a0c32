// The entry point of the page Changes.

import { ChangesPage } from './lib/changes/page.ts';
import { start } from './lib/start.ts';

start('changes', import.meta.url, ChangesPage);
