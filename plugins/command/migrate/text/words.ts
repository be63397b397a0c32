// Splits a command line into words as a shell does, without running or expanding anything, and reads its options. Pure.

/** Removes quotes and backslashes; a backslash at the end of a line joins it with the next one. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  const source = text.replaceAll(/\\\r?\n/g, ' ');
  for (let at = 0; at < source.length; at++) {
    const char = source[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (char === '\\' && quote === '"') word = `${word ?? ''}${source[++at] ?? ''}`;
      else word = `${word ?? ''}${char}`;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\') word = `${word ?? ''}${source[++at] ?? ''}`;
    else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ''}${char}`;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** The arguments of a program in each line: of a unit's ExecStart=, a script, an alias. `program` matches the bare name. */
export function commandLines(text: string, program: RegExp): string[][] {
  const joined = text.replaceAll(/\\\r?\n/g, ' ');
  const called = new RegExp(`(?:^|[\\s/'"=])(?:${program.source})(?=\\s)`);
  return joined.split(/\r?\n/).flatMap((line) => {
    const found = /^\s*#/.test(line) ? null : called.exec(line);
    if (!found) return [];
    const words = splitWords(line.slice(found.index + found[0].length));
    const end = words.findIndex((word) => /^(&|;|\||>|[12]>|<)/.test(word));
    return [words.slice(0, end < 0 ? undefined : end)];
  });
}

/** Options by name without dashes: "-r 640x480", "--resolution=640x480"; an option without a value is "". */
export function readOptions(words: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, name, value] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) continue;
    const next = words[at + 1];
    const hasValue = value === undefined && next !== undefined && !/^-[A-Za-z-]/.test(next);
    options.set(name, value ?? (hasValue ? next : ''));
    if (hasValue) at++;
  }
  return options;
}
