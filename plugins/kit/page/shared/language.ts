// Chooses the language of a page: the first of the reader's languages that camd speaks.

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** `wanted`: language tags (BCP 47), the favourite one first. English when none of them is known. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split('-')[0];
    const known = LANGUAGES.find((one) => one === primary);
    if (known) return known;
  }
  return 'en';
}

/** The language of this page. Scripts on the server have no reader. */
export const language: Language = chooseLanguage(globalThis.navigator?.languages ?? []);

/** The locale for dates and numbers: the reader's own, if it is of the page's language. */
export const locale: string =
  globalThis.navigator?.languages?.find((tag) => tag.toLowerCase().startsWith(language) && tag.length > 2) ??
  { en: 'en-GB', de: 'de-DE' }[language];

/** The texts in the page's language, each language from a file of its own; says so to screen readers. */
export function inLanguage<Texts>(texts: Readonly<Record<Language, Texts>>): Texts {
  if (globalThis.document) document.documentElement.lang = language;
  return texts[language];
}
