// Texts that several pages share, in German.

import type { SharedWords } from './en.ts';

export const de: SharedWords = {
  now: 'jetzt',
  seconds: (count) => `${count} s`,
  minutes: (count) => `${count} min`,
  hours: (count) => `${count} h`,
  days: (count) => `${count} T`,
  ago: (age) => `vor ${age}`,
  heartbeatNow: 'Lebenszeichen jetzt',
  heartbeat: (age) => `Lebenszeichen vor ${age}`,
  copy: 'Kopieren',
  copied: 'Kopiert',
  close: 'Schließen',
  cancel: 'Abbrechen',
};
