// Zooms into a picture: wheel, pinch, double-click, dragging and keys.

import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const MOST = 8;
/** Zoom factors of a double-click and of a key press. */
const LEAP = 2.5;
const STEP = 1.4;

export interface View {
  readonly scale: number;
  /** Pixels by which the picture is moved, from its centre. */
  readonly x: number;
  readonly y: number;
}

export const WHOLE: View = { scale: 1, x: 0, y: 0 };

/** Zooms by `factor` so that the point (px, py), measured from the centre of the stage, stays where it is. Pure. */
export function zoomed(
  { scale, x, y }: View,
  factor: number,
  px: number,
  py: number,
  width: number,
  height: number,
): View {
  const next = Math.min(MOST, Math.max(1, scale * factor));
  const ratio = next / scale;
  return bounded({ scale: next, x: px - (px - x) * ratio, y: py - (py - y) * ratio }, width, height);
}

/** Keeps the picture over the whole stage. Pure. */
export function bounded({ scale, x, y }: View, width: number, height: number): View {
  if (scale <= 1) return WHOLE;
  const [mostX, mostY] = [((scale - 1) * width) / 2, ((scale - 1) * height) / 2];
  return { scale, x: Math.min(mostX, Math.max(-mostX, x)), y: Math.min(mostY, Math.max(-mostY, y)) };
}

export interface Zoom {
  reset(): void;
  /** Handles +, − and 0; false for other keys. */
  key(key: string): boolean;
}

/** Zooms the first canvas or img in `stage`; a change of `shown` resets the zoom. */
export function useZoom(stage: RefObject<HTMLElement | null>, shown: unknown): Zoom {
  const view = useRef(WHOLE);
  const apply = (next: View): void => {
    view.current = next;
    const element = stage.current;
    const picture = element?.querySelector<HTMLElement>('canvas, img');
    if (!element || !picture) return;
    const isWhole = next.scale === 1;
    picture.style.transform = isWhole ? '' : `translate(${next.x}px, ${next.y}px) scale(${next.scale})`;
    element.classList.toggle('zoomed', !isWhole);
    element.dataset.zoom = next.scale.toFixed(2);
  };
  const zoomBy = (factor: number, clientX?: number, clientY?: number): void => {
    const box = stage.current?.getBoundingClientRect();
    if (!box) return;
    const px = clientX === undefined ? 0 : clientX - box.left - box.width / 2;
    const py = clientY === undefined ? 0 : clientY - box.top - box.height / 2;
    apply(zoomed(view.current, factor, px, py, box.width, box.height));
  };
  const reset = (): void => apply(WHOLE);

  useEffect(reset, [shown]);
  useEffect(() => {
    const element = stage.current;
    if (!element) return undefined;
    const leaving = new AbortController();
    const { signal } = leaving;
    const fingers = new Map<number, { x: number; y: number }>();
    const spread = (): number => {
      const [a, b] = [...fingers.values()];
      return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
    };
    const isControl = ({ target }: Event): boolean => target instanceof Element && target.closest('button, a') !== null;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), event.clientX, event.clientY);
    };
    const onDouble = (event: MouseEvent): void => {
      if (isControl(event)) return;
      if (view.current.scale > 1) reset();
      else zoomBy(LEAP, event.clientX, event.clientY);
    };
    const onDown = (event: PointerEvent): void => {
      if (event.button !== 0 || isControl(event)) return;
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (view.current.scale > 1 || fingers.size > 1) element.setPointerCapture(event.pointerId);
    };
    const onMove = (event: PointerEvent): void => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const was = spread();
      const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const { scale, x, y } = view.current;
      if (fingers.size === 1) {
        if (scale > 1) apply(bounded({ scale, x: x + dx, y: y + dy }, element.clientWidth, element.clientHeight));
        return;
      }
      const points = [...fingers.values()];
      const middle = (axis: 'x' | 'y'): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
      if (was > 0) zoomBy(spread() / was, middle('x'), middle('y'));
    };
    const onUp = ({ pointerId }: PointerEvent): void => void fingers.delete(pointerId);
    element.addEventListener('wheel', onWheel, { signal, passive: false });
    element.addEventListener('dblclick', onDouble, { signal });
    element.addEventListener('pointerdown', onDown, { signal });
    element.addEventListener('pointermove', onMove, { signal });
    for (const end of ['pointerup', 'pointercancel'] as const) element.addEventListener(end, onUp, { signal });
    return () => leaving.abort();
  }, []);

  return {
    reset,
    key(key) {
      if (key === '+' || key === '=') zoomBy(STEP);
      else if (key === '-') zoomBy(1 / STEP);
      else if (key === '0') reset();
      else return false;
      return true;
    },
  };
}
