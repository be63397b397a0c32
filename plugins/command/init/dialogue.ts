// Asks questions on a terminal, one line each. An empty line or the end of the input chooses the default.

import type { Io } from '../../../core/cli/command.ts';

export interface Dialogue {
  /** `check` returns what is wrong with an answer; the question is then asked again. */
  ask(question: string, fallback: string, check?: (answer: string) => string | undefined): Promise<string>;
  /** One of the choices, by number or by name. */
  choose(
    question: string,
    choices: readonly { readonly name: string; readonly title: string }[],
    fallback: string,
  ): Promise<string>;
  /** Closes the input, for which the process would otherwise wait. */
  end(): Promise<void>;
}

/** Most characters of a line. */
const MAX_LINE = 4096;
/** Wrong answers to one question before the default is used. */
const MAX_TRIES = 5;

export function createDialogue(io: Pick<Io, 'input' | 'out'>): Dialogue {
  const parts = io.input()[Symbol.asyncIterator]();
  let rest = '';
  let ended = false;

  const line = async (): Promise<string | undefined> => {
    while (!rest.includes('\n') && !ended && rest.length < MAX_LINE) {
      const next = await parts.next();
      if (next.done) ended = true;
      else rest += next.value.toString('utf8');
    }
    const end = rest.indexOf('\n');
    const found = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? '' : rest.slice(end + 1);
    return ended && end < 0 && found === '' ? undefined : found.slice(0, MAX_LINE).trim();
  };

  const ask: Dialogue['ask'] = async (question, fallback, check) => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      io.out(`${question} [${fallback}]: `);
      const answer = (await line()) || fallback;
      const wrong = check?.(answer);
      if (wrong === undefined) return answer;
      io.out(`${wrong}\n`);
    }
    return fallback;
  };

  return {
    ask,
    async choose(question, choices, fallback) {
      io.out(
        `${question}\n${choices.map(({ name, title }, at) => `  ${at + 1}  ${name.padEnd(20)} ${title}`).join('\n')}\n`,
      );
      const named = (answer: string): string | undefined =>
        choices.find(({ name }, at) => name === answer || String(at + 1) === answer)?.name;
      const answer = await ask('Number or name', fallback, (text) =>
        named(text) === undefined ? `There is no "${text}"; choose one of the list.` : undefined,
      );
      return named(answer) ?? fallback;
    },
    async end() {
      await parts.return?.();
    },
  };
}
