// Starts the command of the built program.

import { load } from './load.ts';

load('main.cjs');
