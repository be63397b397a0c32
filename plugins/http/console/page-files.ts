// The paths of the console's pages, and the files that the server sends. Pure.

/** All paths have one depth, so that links and files can be relative to the page. */
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

/** Served below "/" under their own names; a .js file is the bundle of the .ts file with that name. */
export const FILES: readonly string[] = ['console.css', 'icon.svg', ...Object.keys(PAGES).map((name) => `${name}.js`)];

/** The page at a path; undefined if there is none. */
export const pageAt = (path: string): PageName | undefined => {
  const found = Object.entries(PAGES).find(([, at]) => at === path);
  return found?.[0] as PageName | undefined;
};
