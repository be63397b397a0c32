// The texts of the 404 page, in English.

export const en = {
  nothing: 'Nothing is served here',
  noCamera: (camera: string) => `There is no camera “${camera}”`,
  pages: 'Pages of this server:',
  cameras: 'Cameras:',
  none: 'This server has no page that you may see.',
};

export type MissingWords = typeof en;
