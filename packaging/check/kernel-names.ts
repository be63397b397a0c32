// Checks that the core names no plugin and no kind of plugins, because schemas and the contract describe them.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { sourceFiles } from './files.ts';

/** `project` is the absolute path of the folder with core/ and plugins/. */
export function kernelNames(project = process.cwd()): string[] {
  const kinds = readdirSync(join(project, 'plugins'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'kit')
    .map(({ name }) => name);
  // Matches "source/", "source/tcp" and /^source\//, but no sentence with an example.
  const names = new RegExp(`^(?:${kinds.join('|')})\\\\?/[a-z-]*$`);
  return sourceFiles(join(project, 'core'))
    .map((path) => relative(project, path))
    .flatMap((path) =>
      literals(path, readFileSync(join(project, path), 'utf8'))
        .filter(({ text }) => names.test(text))
        .map(({ text, line }) => `${path}:${line} names "${text}"`),
    );
}

interface Literal {
  readonly text: string;
  readonly line: number;
}

/** Strings, parts of templates, and regular expressions without their delimiters; module names are left out. */
function literals(path: string, source: string): readonly Literal[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ES2022, true);
  const found: Literal[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isImportTypeNode(node)) return;
    const text = textOf(node);
    if (text !== undefined) found.push({ text, line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isRegularExpressionLiteral(node)) return node.text.replace(/^\/\^?|\$?\/[a-z]*$/g, '');
  return ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
    ? node.text
    : undefined;
}
