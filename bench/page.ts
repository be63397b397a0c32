// Writes the results of scenes to docs/performance.md, so that each table there is the output of its command.

import { readFileSync, writeFileSync } from 'node:fs';
import { isMet, type Row } from './row.ts';
import { figure } from './table.ts';

export const PAGE = 'docs/performance.md';

export interface Result {
  /** The machine's share for other work, 0 to 1. */
  readonly others: number;
  readonly rows: readonly Row[];
}

/** Replaces the text between `<!-- scene NAME -->` and `<!-- end -->`; scenes without these marks are left out. */
export function writePage(results: Readonly<Record<string, Result>>, date: string, file = PAGE): readonly string[] {
  let text = readFileSync(file, 'utf8');
  const written: string[] = [];
  for (const [name, result] of Object.entries(results)) {
    const [begin, end] = [`<!-- scene ${name} -->\n`, '<!-- end -->'];
    const from = text.indexOf(begin);
    if (from < 0) continue;
    const to = text.indexOf(end, from);
    text = `${text.slice(0, from + begin.length)}\n${tableOf(result, date)}\n${text.slice(to)}`;
    written.push(name);
  }
  writeFileSync(file, text);
  return written;
}

/** Above this share of other work, absolute times say more about that work than about camd. */
const BUSY = 0.3;
const TIMES = /^(ms|\/s|\w*B\/s|frames\/s)$/;

function tableOf({ others, rows }: Result, date: string): string {
  const isBusy = others > BUSY;
  const isTime = ({ unit }: Row): boolean => isBusy && TIMES.test(unit);
  const shown = rows.filter((row) => !isTime(row) || Number.isFinite(row.ratio));
  const lines = shown.map((row) => {
    const { name, value, unit, limitName = '', limitValue, ratio } = row;
    const show = (figure_: number): string => (isTime(row) ? '–' : `${figure(figure_)} ${unit}`.trim());
    const range = ratio === undefined ? rangeOf(row) : '';
    const limit = limitValue === undefined ? '' : `${limitName}${isTime(row) ? '' : `: ${show(limitValue)}`}`;
    return [
      name,
      `${show(value)}${range}`,
      limit,
      ratio === undefined ? '' : ratio.toFixed(2) + rangeOf(row),
      goalOf(row),
    ];
  });
  const head = ['', 'camd', 'beside', 'ratio', 'goal'];
  const used = head.map((_, at) => at < 2 || lines.some((cells) => cells[at] !== ''));
  const table = [head, head.map(() => '---'), ...lines].map(
    (cells) => `| ${cells.filter((_, at) => used[at]).join(' | ')} |`,
  );
  const without = isBusy ? ', so that absolute times are left out' : '';
  const noise = `Measured on ${date}; other work took ${Math.round(others * 100)} % of the machine meanwhile${without}.`;
  return `${noise}\n\n${table.join('\n')}\n`;
}

const rangeOf = ({ spread }: Row): string =>
  spread === undefined || spread[0] === spread[1] ? '' : ` (${figure(spread[0])} to ${figure(spread[1])})`;

function goalOf(row: Row): string {
  const { required } = row;
  if (!required) return '';
  const bound = 'most' in required ? `≤ ${required.most}` : `≥ ${required.least}`;
  return `${bound}: ${isMet(row) ? 'met' : '**not met**'}`;
}
