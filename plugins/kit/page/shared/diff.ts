// The difference of two texts, line by line, with some lines around it. Pure.

export interface Line {
  readonly is: 'same' | 'gone' | 'new' | 'gap';
  readonly text: string;
}

/** Lines shown around each difference. */
const AROUND = 2;
/** With more cells than this, lines are not compared: the middle is shown as replaced. */
const MAX_CELLS = 1_000_000;

export function diff(before: string, after: string): Line[] {
  const old = before.split('\n');
  const next = after.split('\n');
  let start = 0;
  while (start < old.length && start < next.length && old[start] === next[start]) start++;
  let end = 0;
  const most = Math.min(old.length, next.length) - start;
  while (end < most && old[old.length - 1 - end] === next[next.length - 1 - end]) end++;
  const middle = compare(old.slice(start, old.length - end), next.slice(start, next.length - end));
  const same = (texts: readonly string[]): Line[] => texts.map((text) => ({ is: 'same', text }));
  return shorten([...same(old.slice(0, start)), ...middle, ...same(old.slice(old.length - end))]);
}

/** By the longest common subsequence. */
function compare(old: readonly string[], next: readonly string[]): Line[] {
  const gone = (texts: readonly string[]): Line[] => texts.map((text) => ({ is: 'gone', text }));
  const added = (texts: readonly string[]): Line[] => texts.map((text) => ({ is: 'new', text }));
  if (old.length * next.length > MAX_CELLS) return [...gone(old), ...added(next)];
  const width = next.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row--) {
    for (let column = next.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        old[row] === next[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: Line[] = [];
  let row = 0;
  let column = 0;
  while (row < old.length && column < next.length) {
    if (old[row] === next[column]) {
      lines.push({ is: 'same', text: old[row++] ?? '' });
      column++;
    } else if (at(row + 1, column) >= at(row, column + 1)) lines.push(...gone([old[row++] ?? '']));
    else lines.push(...added([next[column++] ?? '']));
  }
  return [...lines, ...gone(old.slice(row)), ...added(next.slice(column))];
}

function shorten(lines: readonly Line[]): Line[] {
  const near = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ is }) => is !== 'same'),
  );
  return lines.flatMap((line, index): Line[] => {
    if (near[index]) return [line];
    return index > 0 && near[index - 1] && near.includes(true, index) ? [{ is: 'gap', text: '…' }] : [];
  });
}
