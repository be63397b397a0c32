// Saves a file once, for tests that kill it in the middle: PATH, OLD, NEW.

import { saveText } from '../../plugins/kit/editing/save.ts';

const [path = '', expected = '', text = ''] = process.argv.slice(2);
const result = await saveText(path, text, { expected });
process.stdout.write(`${JSON.stringify(result)}\n`);
