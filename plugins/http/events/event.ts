// Formats a picture as a server-sent event (HTML standard §9.2), once for all viewers.

import type { Frame } from '../../../core/contract/frame.ts';

/** Comments keep proxies from closing an idle stream. */
export const COMMENT = ':\n\n';

export interface Events {
  whole(frame: Frame): string;
  /** An event with the URL of the picture instead of the picture. */
  light(frame: Frame): string;
}

/** `picture`: the path of a picture, which contains {camera}. */
export function createEvents(picture: string): Events {
  const made = new WeakMap<Frame, string>();
  return {
    whole(frame) {
      const known = made.get(frame);
      if (known !== undefined) return known;
      // The original server sends "image/jpg" for every picture, and its front end expects it.
      const type = frame.type === 'image/jpeg' ? 'image/jpg' : frame.type;
      const text = `event: image-update\ndata: data:${type};base64,${frame.data.toString('base64')}\n\n`;
      made.set(frame, text);
      return text;
    },
    light({ camera, seq, time }) {
      const url = picture.replaceAll('{camera}', encodeURIComponent(camera));
      return `event: image-update\ndata: ${JSON.stringify({ camera, seq, time, url })}\n\n`;
    },
  };
}
