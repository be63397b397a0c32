// Sessions, roles and errors of the console's API.

import type { Role } from '../../../../core/contract/http.ts';
import type { Problem } from '../../../../core/contract/problems.ts';
import type { Fenced, ProfileTexts } from './profile.ts';

export type { Role };

export interface Session {
  /** undefined: nobody is logged in, or the console has no users. */
  readonly user?: string;
  /** What may be done now; undefined: only logging in. Without `edit: true` in the profile it is never `edit`. */
  readonly role?: Role;
  /** Ids of the cameras that may be seen; undefined: all. */
  readonly cameras?: readonly string[];
  /** The console has users, so that there is something to log in to and out of. */
  readonly hasUsers: boolean;
  /** The profile lets the console edit (`edit: true`). */
  readonly edit: boolean;
  readonly title: string;
  readonly version: string;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface ApiError {
  readonly code: ErrorCode;
  /** One sentence: what was found, what was expected, what to do. */
  readonly message: string;
  /** Of 403 `fenced`: each line that only the machine may change. */
  readonly fenced?: readonly Fenced[];
  /** Of 412 `stale`: the files as they are now, for a merge with the text that was sent. */
  readonly stale?: ProfileTexts;
  /** Of 422 `invalid`. */
  readonly problems?: readonly Problem[];
  /** Of 429: seconds to wait. */
  readonly retryAfter?: number;
}

export type ErrorCode =
  | 'bad-request'
  | 'login' // 401: log in first; the session has ended
  | 'wrong-login' // 401
  | 'too-many-logins' // 429
  | 'forbidden' // 403: the role does not suffice, another camera, another site
  | 'fenced' // 403: change this on the machine
  | 'not-found' // 404
  | 'stale' // 412
  | 'busy' // 409: another change is under way
  | 'too-large' // 413
  | 'not-json' // 415
  | 'invalid' // 422: the profile has errors
  | 'impossible' // 422: the text cannot be changed safely
  | 'not-applied' // 422: a node could not start; the old profile runs on
  | 'read-only' // 503: the file system does not let camd write
  | 'failed'; // 503
