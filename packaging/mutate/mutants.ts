// Lists the small faults that can be inserted into a source file; each replaces one piece of text.

import ts from 'typescript';

export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** Offsets into the text of the file. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** Description, such as "< becomes <=". */
  readonly what: string;
}

type Change = Pick<Mutant, 'start' | 'end' | 'replacement' | 'what'>;

/** Operator → its replacement. */
const SWAPS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
  [ts.SyntaxKind.AsteriskToken, '/'],
]);

/** Log lines are for people; not every one is tested. */
const LOGGING = /^(node\.|options\.)?log\.(debug|info|warn|error)\(/;

/** All faults of a file, in source order. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isImportDeclaration(node)) return;
    for (const change of changesOf(node, source)) {
      const { line, character } = source.getLineAndCharacterOfPosition(change.start);
      found.push({ file, line: line + 1, column: character + 1, ...change });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

export function applied(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

function changesOf(node: ts.Node, source: ts.SourceFile): Change[] {
  const change = (at: ts.Node, replacement: string, what: string): Change[] => [
    { start: at.getStart(source), end: at.getEnd(), replacement, what },
  ];
  const negated = (condition: ts.Expression): Change[] =>
    change(condition, `!(${condition.getText(source)})`, 'the condition is negated');

  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) return negated(node.expression);
  if (ts.isConditionalExpression(node)) return negated(node.condition);
  if (ts.isBinaryExpression(node)) {
    const swap = SWAPS.get(node.operatorToken.kind);
    // "a" + b joins texts: with a minus it is no realistic program.
    const joinsText = [node.left, node.right].some(
      (side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side),
    );
    if (swap === undefined || joinsText) return [];
    return change(node.operatorToken, swap, `${node.operatorToken.getText(source)} becomes ${swap}`);
  }
  if (ts.isNumericLiteral(node)) {
    const value = Number(node.text.replaceAll('_', ''));
    return change(node, String(value + 1), `${node.getText(source)} becomes ${value + 1}`);
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return change(node, 'false', 'true becomes false');
  if (node.kind === ts.SyntaxKind.FalseKeyword) return change(node, 'true', 'false becomes true');
  if (ts.isExpressionStatement(node) && !LOGGING.test(node.getText(source))) {
    return change(node, ';', 'the statement is deleted');
  }
  if (ts.isReturnStatement(node) && node.expression && node.expression.getText(source) !== 'undefined') {
    return change(node.expression, 'undefined', 'undefined is returned');
  }
  return [];
}
