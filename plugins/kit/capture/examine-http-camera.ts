// Checks if a camera answers over HTTP with the credentials of the profile, which are sent only to the camera's own server.

import { redactUrl } from '../../../core/base/redact.ts';
import { splitZone } from '../../../core/base/zone.ts';
import type { ExamineView, Observation } from '../../../core/contract/plugin.ts';
import { reach } from '../examine/reach.ts';
import { splitCredentials } from '../http/fetch.ts';
import type { HttpCameraOptions } from './http-camera.ts';

export async function* examineHttpCamera(view: ExamineView, options: HttpCameraOptions): AsyncGenerator<Observation> {
  const { url: text, zone } = splitZone(options.url);
  const { url, username, password } = splitCredentials(text);
  const user = options.username ?? username;
  yield* reach(view, {
    option: 'url',
    url: url.href,
    zone,
    what: `The camera ${redactUrl(options.url)}`,
    expects: 'picture',
    headers: options.headers,
    // A pinned certificate is compared when the camera is used; here any certificate is accepted.
    tls: { ca: options.tls?.ca, verify: (options.tls?.verify ?? true) && options.tls?.fingerprint === undefined },
    credentials:
      user === undefined
        ? undefined
        : { username: user, password: options.password ?? password ?? '', scheme: options.auth },
  });
}
