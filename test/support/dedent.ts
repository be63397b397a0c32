// Removes the indentation of template literals, for inline YAML.

export function dedent(strings: TemplateStringsArray, ...values: readonly unknown[]): string {
  const text = strings.reduce((all, part, index) => all + String(values[index - 1]) + part);
  const lines = text
    .replace(/^\n/, '')
    .replace(/\n[ \t]*$/, '\n')
    .split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const margin = Math.min(...indents);
  return lines.map((line) => line.slice(margin)).join('\n');
}
