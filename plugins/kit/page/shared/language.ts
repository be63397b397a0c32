// Chooses the language of a page: the first of the reader's languages that camd supports.

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** `preferred`: language tags (BCP 47) in order of preference. English when none of them is supported. */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0];
    const known = LANGUAGES.find((supported) => supported === primary);
    if (known) return known;
  }
  return 'en';
}

/** The language of this page; English for scripts on the server. */
export const language: Language = chooseLanguage(globalThis.navigator?.languages ?? []);

/** The locale for dates and numbers: the reader's own, if it has the page's language. */
export const locale: string =
  globalThis.navigator?.languages?.find((tag) => tag.toLowerCase().startsWith(language) && tag.length > 2) ??
  { en: 'en-GB', de: 'de-DE' }[language];

/** Returns the texts in the page's language, and sets the document's language for screen readers. */
export function inLanguage<Texts>(texts: Readonly<Record<Language, Texts>>): Texts {
  if (globalThis.document) document.documentElement.lang = language;
  return texts[language];
}
