// Errors as values: coded problems of a profile with their places, and runtime faults with their blame.

export type ProblemCode =
  | 'bad-yaml'
  | 'duplicate-id'
  | 'bad-profile'
  | 'bad-include'
  | 'bad-plugin'
  | 'bad-id'
  | 'unknown-use'
  | 'unknown-option'
  | 'missing-option'
  | 'wrong-type'
  | 'wrong-unit'
  | 'out-of-range'
  | 'wrong-value'
  | 'bad-interpolation'
  | 'unset-variable'
  | 'unreadable-secret'
  | 'unknown-node'
  | 'missing-port'
  | 'cycle'
  | 'claimed-twice'
  | 'duplicate-route'
  | 'unmet-expectation'
  | 'not-here'
  | 'deprecated'
  | 'advice';

/** Position of a value. `file` is an absolute path. Line and column count from 1; `length` is the number of characters to underline. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Problem {
  readonly code: ProblemCode;
  readonly severity: 'error' | 'warning';
  /** What was found, what was expected and what to do, in one line. Never holds a secret. */
  readonly message: string;
  readonly place: Place;
  /** A second place that the message refers to, such as the other claim of a resource. */
  readonly related?: Place;
  /** One command that fixes it, if there is one. */
  readonly fix?: string;
}

/** Where the cause can be fixed: in the user's file, in the environment (retry), or in camd itself. */
export type Blame = 'profile' | 'environment' | 'bug';

/** Marks faults. Shared by all copies of camd in one process: a plugin may bundle its own. */
const FAULT: unique symbol = Symbol.for('camd.fault');

/** A runtime fault with its blame. `message` is a full sentence for the user and holds no secret. */
export class Fault extends Error {
  readonly [FAULT] = true;
  readonly blame: Blame;
  readonly code: string;
  constructor(blame: Blame, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Fault';
    this.blame = blame;
    this.code = code;
  }
}

/** True for a Fault of any copy of camd. */
export const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' && value !== null && FAULT in value && value[FAULT] === true;

/** An error of a device, a network or a disk. The node retries. */
export const environment = (code: string, message: string, cause?: unknown): Fault =>
  new Fault('environment', code, message, cause === undefined ? undefined : { cause });

/** An invalid setting of the profile that was detected only at run time. */
export const misuse = (code: string, message: string, cause?: unknown): Fault =>
  new Fault('profile', code, message, cause === undefined ? undefined : { cause });

/** One line for the user, for any thrown value. */
export function sentence(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return String(thrown);
}

/** "file:line:column"; a value from the command line has no line. */
export const placeText = ({ file, line, column }: Place): string =>
  file.startsWith('--') ? file : `${file}:${line}:${column}`;
