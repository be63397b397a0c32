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

/** Smaller pictures show nothing useful: the grid scrolls instead. Pixels. */
const LEAST = 200;
/** The least size of a picture in a scrolling grid. Pixels. */
const COMFORTABLE = 300;
const SHAPE = 16 / 9;

/**
 * The largest tiles of which `count` fit without scrolling, or larger ones that scroll where those would be too small. `wanted`: so many
 * columns; 0: as many as fit best.
 */
export function layout(count: number, { width, height, gap, caption }: Room, wanted = 0): Layout {
  if (wanted > 0) return { columns: wanted, tile: Math.max(1, Math.floor((width - gap * (wanted - 1)) / wanted)) };
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

/** The index to which a key moves from `from`; undefined when there is none. */
export function step(key: string, from: number, count: number, columns: number): number | undefined {
  const to = { ArrowLeft: from - 1, ArrowRight: from + 1, ArrowUp: from - columns, ArrowDown: from + columns }[key];
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  if (to === undefined || to < 0) return undefined;
  // The last row may be shorter than the one above it.
  if (to < count) return to;
  return key === 'ArrowDown' && Math.floor((count - 1) / columns) > Math.floor(from / columns) ? count - 1 : undefined;
}
