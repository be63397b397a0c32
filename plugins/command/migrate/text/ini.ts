// Reads INI files (sections, "key: value" or "key = value") and files of plain "key value" lines. Pure.

export interface Section {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

/** Lines before the first section form a section with an empty name. Comments begin with "#" or ";", also after a value. */
export function readIni(text: string): Section[] {
  const sections: { name: string; values: Map<string, string> }[] = [{ name: '', values: new Map() }];
  for (const line of text.split(/\r?\n/)) {
    const bare = line.replace(/(^|\s)[#;].*$/, '').trim();
    const name = /^\[([^\]]*)\]$/.exec(bare)?.[1];
    if (name !== undefined) sections.push({ name: name.trim(), values: new Map() });
    const [, key, value] = /^([A-Za-z0-9_.-]+)\s*[:=]\s*(.*)$/.exec(bare) ?? [];
    if (name === undefined && key !== undefined) sections.at(-1)?.values.set(key.toLowerCase(), value ?? '');
  }
  return sections;
}

/** "key value", "key = value" or "key: value"; of several lines with the same key, the last counts. */
export function readKeys(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, key, value] = /^\s*([a-z][a-z0-9_]*)(?:\s*[=:]\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, value.replace(/^"(.*)"$/, '$1'));
  }
  return values;
}

/** KEY=VALUE lines of .env files and shell scripts, with or without "export". */
export function readEnv(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, key, value = ''] = /^\s*(?:export\s+|-\s*)?([A-Z][A-Z0-9_]*)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined) continue;
    const quoted = /^(["'])(.*?)\1/.exec(value)?.[2];
    values.set(key, quoted ?? value.replace(/\s+#.*$/, ''));
  }
  return values;
}
