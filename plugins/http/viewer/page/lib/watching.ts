// Requests the cameras that are on the screen, and none while the page is hidden.

export interface Watching {
  /** Reports whether this element, which shows the camera, is visible. Returns a stop function. */
  observe(n: number, element: Element): () => void;
  /** Sends the list again to the server. */
  again(): void;
}

/** Pictures just outside the screen are loaded before the user scrolls to them. */
const MARGIN = '120px';

export function createWatching({ send }: { send(numbers: readonly number[]): void }): Watching {
  const visible = new Map<Element, number>();
  const observed = new Map<Element, number>();
  let said = '';
  let pending = false;

  const tell = (): void => {
    pending = false;
    const numbers = document.hidden ? [] : [...new Set(visible.values())].sort((a, b) => a - b);
    const text = numbers.join();
    if (text === said) return;
    said = text;
    send(numbers);
  };
  const soon = (): void => {
    if (pending) return;
    pending = true;
    queueMicrotask(tell);
  };
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        const n = observed.get(target);
        if (isIntersecting && n !== undefined) visible.set(target, n);
        else visible.delete(target);
      }
      soon();
    },
    { rootMargin: MARGIN },
  );
  document.addEventListener('visibilitychange', soon);

  return {
    observe(n, element) {
      observed.set(element, n);
      observer.observe(element);
      return () => {
        observer.unobserve(element);
        observed.delete(element);
        visible.delete(element);
        soon();
      };
    },
    again() {
      said = '?';
      soon();
    },
  };
}
