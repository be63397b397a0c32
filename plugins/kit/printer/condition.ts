// Checks the state of a printer against the options `printer`, `when` and `layers`.

import type { Clock, Node, PrinterState } from '../../../core/contract/plugin.ts';

export interface ConditionOptions {
  readonly printer?: string;
  /** States; `on` means all but `off`. */
  readonly when?: string | readonly string[];
  /** Each n-th layer is a turn. */
  readonly layers?: number;
}

/** A period in which pictures are due. With `layers` it is one such layer, otherwise all the time in a matching state. */
export interface Turn {
  readonly number: number;
  /** Monotonic milliseconds of its start: older pictures do not show it. */
  readonly since: number;
}

export interface Condition {
  /** True when each turn needs one picture only. */
  readonly byLayer: boolean;
  /** The current turn, or the reason why there is none, as a phrase. */
  now(): Turn | string;
  /** Resolves at the next change; rejects with the signal's reason. */
  changed(signal: AbortSignal): Promise<void>;
}

/** Finds the turns of the options, state by state. Pure. */
export function createTurns(options: ConditionOptions, clock: Pick<Clock, 'monotonic'>) {
  const { layers } = options;
  const phases = [options.when ?? []].flat();
  const holds = ({ is }: PrinterState): boolean =>
    phases.length === 0 || phases.includes(is) || (phases.includes('on') && is !== 'off');
  let turn: Turn | undefined;
  /** The reason why there is no turn now. */
  let why: string | undefined = UNKNOWN;
  let counted: number | undefined;

  const begin = (): void => {
    turn = { number: (turn?.number ?? 0) + 1, since: clock.monotonic() };
  };
  return {
    /** Undefined: the printer's node is down. */
    see(state: PrinterState | undefined): void {
      const wasOpen = why === undefined;
      if (state?.layer === undefined) counted = undefined;
      if (state === undefined) why = UNKNOWN;
      else if (!holds(state)) why = `the printer is ${WORDS[state.is]}`;
      else if (layers !== undefined && state.layer === undefined) why = 'the printer reports no layer';
      else why = undefined;
      if (why !== undefined) return;
      if (layers === undefined) {
        if (!wasOpen) begin();
        return;
      }
      const layer = state?.layer ?? 0;
      // A print that was running when camd started, or that began again, counts from its current layer.
      if (counted !== undefined && layer >= counted && layer - counted < layers) return;
      counted = layer;
      begin();
    },
    now: (): Turn | string => why ?? turn ?? UNKNOWN,
  };
}

const UNKNOWN = 'the printer has not answered yet';
const WORDS = { off: 'off', ready: 'ready', printing: 'printing', paused: 'paused', error: 'in error' } as const;

/** Undefined when the node names no printer. */
export function createCondition<Options extends ConditionOptions>(node: Node<Options>): Condition | undefined {
  const { options, clock, log } = node;
  if (options.printer === undefined) return undefined;
  const turns = createTurns(options, clock);
  const listeners = new Set<() => void>();
  let logged: string | undefined;

  const see = (state: PrinterState | undefined): void => {
    turns.see(state);
    const now = turns.now();
    const why = typeof now === 'string' ? now : '';
    if (why !== logged) {
      log.info(why === '' ? 'the printer is in the required state' : `waiting: ${why}`, { printer: options.printer });
      logged = why;
    }
    for (const listener of listeners) listener();
  };
  see(undefined);
  node.ref('printer', 'printer').bind((printer) => {
    see(printer.state());
    const release = printer.watch(see);
    return () => {
      release();
      see(undefined);
    };
  });

  return {
    byLayer: options.layers !== undefined,
    now: turns.now,
    changed: (signal) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          listeners.delete(wake);
          signal.removeEventListener('abort', stop);
        };
        const wake = (): void => {
          end();
          resolve();
        };
        const stop = (): void => {
          end();
          reject(signal.reason);
        };
        if (signal.aborted) return reject(signal.reason);
        listeners.add(wake);
        signal.addEventListener('abort', stop, { once: true });
      }),
  };
}
