// The port `printer` over a state that a plugin sets.

import type { Printer, PrinterState, Release } from '../../../core/contract/plugin.ts';

export interface PrinterStateHolder {
  readonly port: Printer;
  /** Notifies the watchers of a change. */
  set(state: PrinterState): void;
}

export function createPrinterState(): PrinterStateHolder {
  const listeners = new Set<(state: PrinterState) => void>();
  let known: PrinterState | undefined;
  return {
    port: {
      state: () => known,
      watch(listener): Release {
        const own = (state: PrinterState): void => listener(state);
        listeners.add(own);
        return () => void listeners.delete(own);
      },
    },
    set(state) {
      if (known?.is === state.is && known.layer === state.layer) return;
      known = state;
      for (const listener of listeners) listener(state);
    },
  };
}
