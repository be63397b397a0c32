// Formats ages as short texts.

import { shared } from './words.ts';

/** `milliseconds` → "now", "8 s", "3 min", "2 h", "5 d". */
export function ageText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 1.5) return shared.now;
  if (seconds < 60) return shared.seconds(Math.round(seconds));
  if (seconds < 3600) return shared.minutes(Math.floor(seconds / 60));
  if (seconds < 86_400) return shared.hours(Math.floor(seconds / 3600));
  return shared.days(Math.floor(seconds / 86_400));
}
