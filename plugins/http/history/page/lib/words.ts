// The texts of the page in the user's language.

import { inLanguage, language } from '../../../../kit/page/shared/language.ts';
import { de } from '../words/de.ts';
import { en } from '../words/en.ts';

export const words = inLanguage({ en, de });

/** Locale for dates, with months as words: readers could mistake a number for another month or day. */
export const dates = { en: 'en-GB', de: 'de-DE' }[language];

export const count = (value: number): string => value.toLocaleString(dates);
