// The texts of the 404 page, in German.

import type { MissingWords } from './en.ts';

export const de: MissingWords = {
  nothing: 'Hier gibt es nichts',
  noCamera: (camera) => `Eine Kamera „${camera}“ gibt es nicht`,
  pages: 'Seiten dieses Servers:',
  cameras: 'Kameras:',
  none: 'Dieser Server hat keine Seite, die Sie sehen dürfen.',
};
