// The pages of the console: the path of each, and the files that the server gives out. Pure.

/** Paths are of one depth, so that every link and file is relative to the page. */
export const PAGES = {
  graph: '/',
  node: '/node',
  profile: '/profile',
  changes: '/changes',
  camera: '/camera',
  doctor: '/doctor',
  login: '/login',
} as const;

export type PageName = keyof typeof PAGES;

/** The HTML of every page; `%PAGE%` in it is the name of the page, and so of its script. */
export const HTML = 'console.html';

/** Served below "/" under their own names; a .js is the bundle of the .ts of that name. */
export const FILES: readonly string[] = ['console.css', 'icon.svg', ...Object.keys(PAGES).map((name) => `${name}.js`)];

/** The page at a path; undefined: there is none. */
export const pageAt = (path: string): PageName | undefined => {
  const found = Object.entries(PAGES).find(([, at]) => at === path);
  return found?.[0] as PageName | undefined;
};
