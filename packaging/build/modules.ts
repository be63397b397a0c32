// Turns the modules of a bundle into functions for packaging/loader: "import" becomes a call of the loader, which suits V8's code cache.

import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { transform } from 'esbuild';
import ts from 'typescript';

const HEAD = '(function (exports, require, module, camdUrl, camdImport) {';

/** Takes texts by path below `dist/`; the resulting paths end in `.cjs`. */
export async function moduleFunctions(modules: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const made = [...modules].map(async ([path, text]) => {
    const { code } = await transform(withoutImportCalls(text), {
      format: 'cjs',
      platform: 'node',
      target: 'node20.19',
      define: { 'import.meta.url': 'camdUrl' },
      minifyWhitespace: true,
      minifySyntax: true,
    });
    return [path.replace(/\.mjs$/, '.cjs'), `${HEAD}${ascii(renamed(path, code))}\n})`] as const;
  });
  return new Map(await Promise.all(made));
}

/** Changes whenever a text changes. */
export function hashOf(modules: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [path, text] of [...modules].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${path}\0${text}\0`);
  return hash.digest('hex');
}

/** `import(x)` needs a callback that V8's scripts do not have here, so the loader handles it. */
function withoutImportCalls(text: string): string {
  if (!text.includes('import(')) return text;
  const source = ts.createSourceFile('module.mjs', text, ts.ScriptTarget.ES2022);
  const starts: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      starts.push(node.expression.getStart(source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  let changed = text;
  for (const start of starts.reverse())
    changed = `${changed.slice(0, start)}camdImport${changed.slice(start + 'import'.length)}`;
  return changed;
}

/** Replaces the names of required chunks by paths below `dist/`, so that a start resolves none. */
function renamed(path: string, code: string): string {
  return code.replace(
    /\b(require|camdImport)\("(\.[^"]+)\.mjs"\)/g,
    (_all, call: string, name: string) => `${call}("./${posix.join(posix.dirname(path), name)}.cjs")`,
  );
}

/** Escapes non-ASCII characters, as the loader reads one byte per character; strings, regular expressions and comments allow it. */
function ascii(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
