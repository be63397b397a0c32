// The language of a page: the first preferred language of the user that camd supports.

import t from 'tap';
import { chooseLanguage, language } from '../../../../plugins/kit/page/shared/language.ts';

t.test('the first preferred language that camd supports is used, otherwise English', async (t) => {
  const cases = [
    [['de-CH', 'fr', 'en'], 'de'],
    [['fr', 'DE', 'en'], 'de'],
    [['en-US', 'de'], 'en'],
    [['fr-FR', 'it'], 'en'],
    [['deu', 'den-CA'], 'en'],
    [[], 'en'],
  ] as const;

  for (const [wanted, expected] of cases) t.equal(chooseLanguage(wanted), expected, wanted.join(', '));
  t.equal(language, globalThis.navigator?.languages?.[0]?.startsWith('de') ? 'de' : 'en', 'without a document');
});
