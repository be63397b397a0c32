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

/** Where a value stands. `file` is an absolute path. Line and column count from 1; `length` is the number of characters to underline. */
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
  /** A second place that the message speaks of, such as the other claim of a resource. */
  readonly related?: Place;
  /** One command that mends it, where one can. */
  readonly mend?: string;
}

/** Who can mend it: the user's file, the world outside (retry), or camd itself. */
export type Blame = 'profile' | 'environment' | 'bug';

/** Marks faults. Shared by all copies of camd in one process: a plugin may bring its own. */
const FAULT: unique symbol = Symbol.for('camd.fault');

/** A fault at run time that says whose it is. `message` is a full sentence for the user and holds no secret. */
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

/** The world outside does not play along: a device, a network, a disk. The node retries. */
export const environment = (code: string, message: string, cause?: unknown): Fault =>
  new Fault('environment', code, message, cause === undefined ? undefined : { cause });

/** The profile asks for something that only turned out to be wrong when it was tried. */
export const misuse = (code: string, message: string, cause?: unknown): Fault =>
  new Fault('profile', code, message, cause === undefined ? undefined : { cause });

/** One line for a person, whatever was thrown. */
export function sentence(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return String(thrown);
}

/** "file:line:column"; a value of the command line has no line. */
export const placeText = ({ file, line, column }: Place): string =>
  file.startsWith('--') ? file : `${file}:${line}:${column}`;
