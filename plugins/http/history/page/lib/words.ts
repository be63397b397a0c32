// The texts of the page in the reader's language.

import { inLanguage, language } from '../../../../kit/page/shared/language.ts';
import { de } from '../words/de.ts';
import { en } from '../words/en.ts';

export const words = inLanguage({ en, de });

/** For dates: a number alone could be read as another month, so months are words in the language of the page. */
export const dates = { en: 'en-GB', de: 'de-DE' }[language];

export const count = (value: number): string => value.toLocaleString(dates);
