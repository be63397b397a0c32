// Sessions, roles and errors of the console's API.

import type { Role } from '../../../../core/contract/http.ts';
import type { Problem } from '../../../../core/contract/problems.ts';
import type { Fenced, ProfileTexts } from './profile.ts';

export type { Role };

export interface Session {
  /** undefined without a login, or if the console has no users. */
  readonly user?: string;
  /** The current role; undefined before a login. It is never `edit` without `edit: true` in the profile. */
  readonly role?: Role;
  /** Ids of the visible cameras; undefined for all. */
  readonly cameras?: readonly string[];
  /** True if the console has users, so that login and logout are possible. */
  readonly hasUsers: boolean;
  /** True if the profile allows editing (`edit: true`). */
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
  /** For 403 `fenced`: each line that may be changed only on the machine itself. */
  readonly fenced?: readonly Fenced[];
  /** For 412 `stale`: the current files, for a merge with the sent text. */
  readonly stale?: ProfileTexts;
  /** For 422 `invalid`. */
  readonly problems?: readonly Problem[];
  /** For 429: seconds to wait. */
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
  | 'busy' // 409: another change is running
  | 'too-large' // 413
  | 'not-json' // 415
  | 'invalid' // 422: the profile has errors
  | 'impossible' // 422: the text cannot be changed safely
  | 'not-applied' // 422: a node could not start; the old profile stays in use
  | 'read-only' // 503: camd has no write access to the file
  | 'failed'; // 503
