// Formats ages for people. Pure.

/** `milliseconds` → "now", "8 s", "3 min", "2 h", "5 d". */
export function ageText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 1.5) return 'now';
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
