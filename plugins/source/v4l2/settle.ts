// Detects when a camera's automatic controls have settled: the brightness of its pictures stays the same for a while.

/** Pictures whose brightness must agree. */
const RUN = 5;
/** Largest deviation of each from their mean, as a share of it. */
const WITHIN = 0.02;

/** Call the result with the mean brightness of each picture in order; it returns true when the last five agree within 2 %. */
export function createSettling(): (brightness: number) => boolean {
  const last: number[] = [];
  return (brightness) => {
    last.push(brightness);
    if (last.length > RUN) last.shift();
    if (last.length < RUN) return false;
    const mean = last.reduce((total, value) => total + value, 0) / RUN;
    // A covered lens gives zeros: they agree.
    return last.every((value) => Math.abs(value - mean) <= WITHIN * Math.max(mean, 1));
  };
}
