// Computes the picture size of a grid and the target of an arrow key. Pure.

export interface Room {
  /** Pixels available to the grid without scrolling. */
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** Pixels below each picture. */
  readonly caption: number;
}

export interface Layout {
  readonly columns: number;
  /** Pixels. */
  readonly tile: number;
}

/** The least useful size of a picture: below it, the grid scrolls. Pixels. */
const LEAST = 200;
/** The least size of a picture in a scrolling grid. Pixels. */
const COMFORTABLE = 300;
const SHAPE = 16 / 9;

/**
 * The largest tile size at which `count` tiles fit without scrolling, or a larger one with scrolling if that is too small. `fixed`: the
 * number of columns; 0: the best fit.
 */
export function layout(count: number, { width, height, gap, caption }: Room, fixed = 0): Layout {
  if (fixed > 0) return { columns: fixed, tile: Math.max(1, Math.floor((width - gap * (fixed - 1)) / fixed)) };
  let best: Layout = { columns: 1, tile: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const across = (width - gap * (columns - 1)) / columns;
    const down = ((height - gap * (rows - 1)) / rows - caption) * SHAPE;
    const tile = Math.floor(Math.min(across, down));
    if (tile > best.tile) best = { columns, tile };
  }
  if (best.tile >= Math.min(LEAST, width)) return best;
  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (COMFORTABLE + gap))));
  return { columns, tile: Math.floor((width - gap * (columns - 1)) / columns) };
}

/** The index to which a key moves from `from`; undefined if there is none. */
export function step(key: string, from: number, count: number, columns: number): number | undefined {
  const to = { ArrowLeft: from - 1, ArrowRight: from + 1, ArrowUp: from - columns, ArrowDown: from + columns }[key];
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  if (to === undefined || to < 0) return undefined;
  // The last row may be shorter than the one above it.
  if (to < count) return to;
  return key === 'ArrowDown' && Math.floor((count - 1) / columns) > Math.floor(from / columns) ? count - 1 : undefined;
}
