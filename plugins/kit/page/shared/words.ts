// Texts that several pages share, in the language of the page.

import { inLanguage } from './language.ts';
import { de } from './words/de.ts';
import { en } from './words/en.ts';

export const shared = inLanguage({ en, de });
