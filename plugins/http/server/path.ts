// Extracts the path of a request. Pure.

/** The path of a request target; some clients send the absolute form (RFC 9112 §3.2.2). */
export function pathOf(target: string): string {
  const start = target.startsWith('/') ? 0 : Math.max(0, target.indexOf('/', target.indexOf('://') + 3));
  const end = target.indexOf('?', start);
  return end < 0 ? target.slice(start) : target.slice(start, end);
}
