// Advice on Prusa Connect's responses, by status code.

import type { Advice } from '../../kit/upload/policy.ts';

/** Sources: the Camera API's OpenAPI document, and reports of its clients about each status. */
export const PRUSA_ADVICE: Advice = {
  400: 'it cannot use this picture or camera. If this persists, delete the camera in Prusa Connect, add a new "other camera", and put its token into the profile.',
  401: 'the token is not accepted. In Prusa Connect open the printer, then Cameras: check that this camera still exists and copy its token again; if the token was used with another fingerprint before, add a new "other camera" and use its token. camd tries again every 5 minutes.',
  403: 'the token does not fit this fingerprint. Prusa Connect binds a token to the first fingerprint used with it: in Prusa Connect open the printer, then Cameras, add a new "other camera" and use its token, or put the old fingerprint back. camd tries again every 5 minutes.',
  404: 'this camera does not exist there. In Prusa Connect open the printer, then Cameras: if the camera is gone, add a new "other camera" and put its token into the profile.',
  413: 'the picture is too large for Prusa Connect (16 MB at most). Name a node with smaller pictures in the option "smaller", or lower the size or quality of the camera.',
  429: 'it received too many requests. Raise "every"; camd waits for the time that the server requests.',
  503: 'Prusa Connect is unavailable. camd waits and tries again.',
};
