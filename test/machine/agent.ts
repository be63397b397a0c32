// Runs commands inside the machine: lines of JSON to and from the agent, over a virtio port.

import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { until } from '../support/until.ts';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: root. */
  readonly user?: string;
  readonly cwd?: string;
  readonly input?: string;
  /** Seconds; software emulation is ten times slower than a real machine. */
  readonly timeout?: number;
}

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Program {
  readonly pid: number;
  /** Its output so far, stdout and stderr. */
  readonly lines: readonly string[];
  /** Waits for the first matching line, starting with line `from`. */
  line(pattern: RegExp, from?: number): Promise<string>;
  signal(name: NodeJS.Signals): Promise<void>;
  readonly ended: Promise<number>;
}

export interface Agent {
  run(argv: readonly string[], options?: CommandOptions): Promise<Result>;
  /** Like `run`; rejects with the output unless the exit code is 0. */
  must(argv: readonly string[], options?: CommandOptions): Promise<string>;
  start(argv: readonly string[], options?: CommandOptions): Promise<Program>;
}

/** Time limit of a command in seconds, and the additional time for its answer. */
const COMMAND_S = 240;
const ANSWER_S = 60;
/** In software emulation, seconds become minutes. */
const LINE_MS = 240_000;

interface Answer {
  readonly id: number;
  readonly ready?: boolean;
  readonly pid?: number;
  readonly line?: string;
  readonly code?: number;
  readonly out?: string;
  readonly err?: string;
}

interface Waiting {
  answer(answer: Answer): void;
  lost(why: Error): void;
}

/** Rejects all pending requests with the error of `gone` when the machine has ended. */
export function connectAgent(socket: Socket, gone: Promise<Error>): Agent & { ready(): boolean } {
  const waiting = new Map<number, Waiting>();
  let up = false;
  let last = 0;
  let ended: Error | undefined;
  socket.on('error', () => {});
  createInterface({ input: socket }).on('line', (text) => {
    const answer = JSON.parse(text) as Answer;
    if (answer.ready) up = true;
    else waiting.get(answer.id)?.answer(answer);
  });
  void gone.then((why) => {
    ended = why;
    socket.destroy();
    for (const { lost } of waiting.values()) lost(why);
    waiting.clear();
  });

  const request = (fields: Readonly<Record<string, unknown>>, who: Waiting): number => {
    const id = ++last;
    if (ended) {
      who.lost(ended);
      return id;
    }
    waiting.set(id, who);
    socket.write(`${JSON.stringify({ id, ...fields })}\n`);
    return id;
  };
  /** Sends a request with one answer. */
  const ask = (fields: Readonly<Record<string, unknown>>, seconds: number, what: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        waiting.delete(id);
      };
      const timer = setTimeout(
        () => {
          settle();
          reject(new Error(`the machine gave no answer to ${what} in ${seconds + ANSWER_S} s`));
        },
        (seconds + ANSWER_S) * 1000,
      );
      const id = request(fields, {
        answer(answer) {
          settle();
          resolve(answer);
        },
        lost(why) {
          settle();
          reject(why);
        },
      });
    });

  const run: Agent['run'] = async (argv, options = {}) => {
    const timeout = options.timeout ?? COMMAND_S;
    const {
      code = -1,
      out = '',
      err = '',
    } = await ask({ op: 'run', argv, ...options, timeout }, timeout, argv.join(' '));
    return { code, out, err };
  };
  return {
    ready: () => up,
    run,
    async must(argv, options) {
      const { code, out, err } = await run(argv, options);
      if (code !== 0) throw new Error(`${argv.join(' ')} exited with ${code}\n${out}${err}`);
      return out;
    },
    start: (argv, options = {}) =>
      new Promise((resolve, reject) => {
        const lines: string[] = [];
        let finish = (_code: number): void => {};
        let lose = (_why: Error): void => {};
        const ending = new Promise<number>((done, failed) => {
          finish = done;
          lose = failed;
        });
        ending.catch(() => {});
        const line: Program['line'] = (pattern, from = 0) => {
          const look = () =>
            ended ? Promise.reject(ended) : lines.slice(from).find((printed) => pattern.test(printed));
          return until(look, `a line that matches ${pattern}`, LINE_MS).catch((cause: unknown) => {
            throw new Error(
              `${cause instanceof Error ? cause.message : cause}; there are\n${lines.slice(-20).join('\n')}`,
            );
          });
        };
        const signal: Program['signal'] = async (name) => {
          await ask({ op: 'signal', of: id, signal: name }, COMMAND_S, `the signal ${name}`);
        };
        const id = request(
          { op: 'start', argv, ...options },
          {
            answer({ pid, line: text, code, err }) {
              if (text !== undefined) lines.push(text);
              if (code !== undefined && err !== undefined) reject(new Error(err));
              if (code !== undefined) finish(code);
              if (pid !== undefined) resolve({ pid, lines, line, signal, ended: ending });
            },
            lost(why) {
              reject(why);
              lose(why);
            },
          },
        );
      }),
  };
}
