// Links between pages of one server, relative so that they work behind a proxy. Pure.

/** The path of the page with this script, such as "viewer.js"; undefined when the server has none. */
export function pageOf(paths: readonly string[], script: string): string | undefined {
  const found = paths.find((path) => path.endsWith(`/${script}`));
  if (found === undefined) return undefined;
  const page = found.slice(0, -script.length - 1) || '/';
  return paths.includes(page) ? page : undefined;
}

/** `to`, an absolute path, relative to the files of the page at `path`. */
export function fromPage(path: string, to: string): string {
  const up = '../'.repeat(path.split('/').filter((segment) => segment !== '').length);
  return `${up || './'}${to.slice(1)}`;
}
