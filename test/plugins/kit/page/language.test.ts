// The language of a page: the reader's first one that camd speaks.

import t from 'tap';
import { chooseLanguage, language } from '../../../../plugins/kit/page/shared/language.ts';

t.test('the first language of the reader that camd speaks is taken, else English', async (t) => {
  const cases = [
    [['de-CH', 'fr', 'en'], 'de'],
    [['fr', 'DE', 'en'], 'de'],
    [['en-US', 'de'], 'en'],
    [['fr-FR', 'it'], 'en'],
    [['deu', 'den-CA'], 'en'],
    [[], 'en'],
  ] as const;

  for (const [wanted, expected] of cases) t.equal(chooseLanguage(wanted), expected, wanted.join(', '));
  t.equal(language, globalThis.navigator?.languages?.[0]?.startsWith('de') ? 'de' : 'en', 'also without a document');
});
