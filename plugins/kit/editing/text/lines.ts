// Lines of a text: their start, end, indentation and line breaks.

/** The offset of the first character of the line that contains `at`. */
export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

/** The offset of the line break after `at`, without the carriage return before it; the text's length on the last line. */
export function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  if (found < 0) return text.length;
  return found > 0 && text[found - 1] === '\r' && found > at ? found - 1 : found;
}

/** The offset after the line break of the line that contains `at`. */
export function nextLine(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found < 0 ? text.length : found + 1;
}

/** The line break of the line before `at`, else of the first line of the text. */
export function lineBreak(text: string, at: number): '\n' | '\r\n' {
  const before = text.lastIndexOf('\n', Math.max(0, at - 1));
  const found = before >= 0 ? before : text.indexOf('\n');
  return found > 0 && text[found - 1] === '\r' ? '\r\n' : '\n';
}

/** The spaces at the start of the line. */
export function indentAt(text: string, at: number): string {
  const start = lineStart(text, at);
  return /^[ ]*/.exec(text.slice(start, at))?.[0] ?? '';
}

/** True if there are only blanks between the start of the line and `at`. */
export const isFirstOnLine = (text: string, at: number): boolean =>
  /^[ \t]*$/.test(text.slice(lineStart(text, at), at));
