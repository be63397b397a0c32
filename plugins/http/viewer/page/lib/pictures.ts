// Decodes the newest picture of each camera off the main thread, draws it, and then acknowledges it.

import { HEAD_BYTES, type PictureHead, readHead } from '../../wire.ts';

export interface Shown {
  readonly width: number;
  readonly height: number;
  /** Capture time on the server's clock, milliseconds since the epoch. */
  readonly time: number;
  /** Drawn pictures per second; 0 before the second one. */
  readonly rate: number;
  readonly bytes: number;
  /** The picture class; 0 is the original. */
  readonly reduced: number;
}

export interface Pictures {
  receive(message: ArrayBuffer): void;
  shown(n: number): Shown | undefined;
  /** The bytes of the shown picture. */
  picture(n: number): Blob | undefined;
  /** Milliseconds since the picture was taken, on the server's clock. */
  age(n: number): number | undefined;
  /** Draws this camera on this canvas from now on. Returns a stop function, which has no effect after another canvas was set. */
  attach(n: number, canvas: HTMLCanvasElement): () => void;
  /** Called after a reconnect, which loses pictures in flight. */
  reset(): void;
}

interface Entry {
  shown: Shown | undefined;
  seq: number;
  /** Times at which the last pictures were drawn. */
  readonly drawn: number[];
  picture: Blob | undefined;
  canvas: HTMLCanvasElement | undefined;
}

/** Pictures used for the rate, and milliseconds after which a gap counts as a new start. */
const NOTED = 30;
const GAP = 5000;

export interface PicturesOptions {
  onDrawn(n: number, seq: number): void;
  /** Called when the first picture of a camera was drawn. */
  onFirst(): void;
}

export function createPictures({ onDrawn, onFirst }: PicturesOptions): Pictures {
  const entries = new Map<number, Entry>();
  /** This computer's clock minus the server's, plus the travel time of the fastest message. */
  let lead = Number.POSITIVE_INFINITY;

  const entryOf = (n: number): Entry => {
    const known = entries.get(n);
    if (known) return known;
    const entry: Entry = { shown: undefined, seq: -1, drawn: [], picture: undefined, canvas: undefined };
    entries.set(n, entry);
    return entry;
  };

  const draw = async (n: number, head: PictureHead, picture: Blob): Promise<void> => {
    const entry = entryOf(n);
    const bitmap = await createImageBitmap(picture);
    const isFirst = entry.shown === undefined;
    if (entry.seq !== head.seq) note(entry.drawn, performance.now());
    entry.seq = head.seq;
    entry.picture = picture;
    entry.shown = {
      width: bitmap.width,
      height: bitmap.height,
      time: head.time,
      rate: rateOf(entry.drawn),
      bytes: picture.size,
      reduced: head.reduced ?? 0,
    };
    paint(entry.canvas, bitmap, head.seq);
    if (isFirst) onFirst();
  };

  return {
    receive(message) {
      const head = readHead(message);
      lead = Math.min(lead, Date.now() - head.sent);
      const picture = new Blob([new Uint8Array(message, HEAD_BYTES)], { type: head.type });
      // A picture that cannot be decoded is acknowledged too, so that the next one is sent.
      draw(head.n, head, picture)
        .catch(() => {})
        .finally(() => onDrawn(head.n, head.seq));
    },
    shown: (n) => entries.get(n)?.shown,
    picture: (n) => entries.get(n)?.picture,
    age(n) {
      const shown = entries.get(n)?.shown;
      return shown && Math.max(0, Date.now() - (Number.isFinite(lead) ? lead : 0) - shown.time);
    },
    attach(n, canvas) {
      const entry = entryOf(n);
      entry.canvas = canvas;
      const detach = (): void => {
        if (entry.canvas === canvas) entry.canvas = undefined;
      };
      if (!entry.picture) return detach;
      createImageBitmap(entry.picture).then(
        (bitmap) => entry.canvas === canvas && canvas.dataset.seq === undefined && paint(canvas, bitmap, 0),
        () => {},
      );
      return detach;
    },
    reset() {
      lead = Number.POSITIVE_INFINITY;
      for (const { drawn } of entries.values()) drawn.length = 0;
    },
  };
}

function paint(canvas: HTMLCanvasElement | undefined, bitmap: ImageBitmap, seq: number): void {
  if (!canvas) {
    bitmap.close();
    return;
  }
  if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
  if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
  canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
  canvas.dataset.seq = String(seq);
}

function note(drawn: number[], now: number): void {
  if (now - (drawn.at(-1) ?? now) > GAP) drawn.length = 0;
  if (drawn.push(now) > NOTED) drawn.shift();
}

function rateOf(drawn: readonly number[]): number {
  const span = (drawn.at(-1) ?? 0) - (drawn[0] ?? 0);
  return span > 0 ? ((drawn.length - 1) * 1000) / span : 0;
}
