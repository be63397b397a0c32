// printer/prusalink: the state of a Prusa printer, requested from PrusaLink at an interval.

import { defineNode, environment, type PrinterState } from '../../core/contract/plugin.ts';
import { sentence } from '../../core/contract/problems.ts';
import type { PrinterPrusalinkOptions } from '../../schemas/printer/prusalink.ts';
import { reach } from '../kit/examine/reach.ts';
import { createAuthenticator } from '../kit/http/auth.ts';
import { createHttpClient } from '../kit/http/fetch.ts';
import { createPrinterState } from '../kit/printer/state.ts';

/** Limit of `/api/v1/status` in bytes; real replies have less than a kilobyte. */
const MAX_REPLY = 64 * 1024;

/** PrusaLink's API v1: IDLE, BUSY, PRINTING, PAUSED, FINISHED, STOPPED, ERROR, ATTENTION, READY. */
const STATES: Readonly<Record<string, PrinterState['is']>> = {
  PRINTING: 'printing',
  PAUSED: 'paused',
  ERROR: 'error',
  ATTENTION: 'error',
};

export default defineNode<PrinterPrusalinkOptions>({
  check({ password, api_key }) {
    if (password === undefined || api_key === undefined) return [];
    const message = 'api_key: a printer has either a user and a password, or an API key.';
    return [{ option: 'api_key', code: 'wrong-value', message }];
  },
  examine: ({ url }, view) => reach(view, { option: 'url', url: url }),
  start(node) {
    const { options, clock } = node;
    const { username, password, api_key: key } = options;
    const url = new URL(`${options.url.replace(/\/$/, '')}/api/v1/status`);
    const auth = password === undefined ? undefined : createAuthenticator({ username, password });
    const client = createHttpClient({ connections: 1, connectTimeout: options.timeout });
    node.defer(() => client.close());
    const printer = createPrinterState();

    const request = async (signal: AbortSignal): Promise<PrinterState> => {
      const reply = await client.fetch({
        url,
        headers: { accept: 'application/json', ...(key === undefined ? {} : { 'x-api-key': key }) },
        auth,
        deadline: options.timeout,
        maxBytes: MAX_REPLY,
        signal,
      });
      if (reply.status === 401 || reply.status === 403) {
        const fix = 'set "password" (the printer shows it under PrusaLink) or "api_key"';
        throw environment('refused', `PrusaLink at ${url.host} refuses camd (${reply.status}): ${fix}`);
      }
      if (reply.status !== 200) throw environment('refused', `PrusaLink at ${url.host} answered ${reply.status}`);
      return stateOf(reply.body.toString('utf8'));
    };

    node.degraded(`camd is asking PrusaLink at ${url.host}.`);
    node.task(async (signal) => {
      for (;;) {
        try {
          printer.set(await request(signal));
          node.healthy();
        } catch (thrown) {
          signal.throwIfAborted();
          printer.set({ is: 'off' });
          node.degraded(`${sentence(thrown).replace(/\.$/, '')}.`);
        }
        await clock.sleep(options.every, signal);
      }
    });
    return { printer: printer.port };
  },
});

function stateOf(text: string): PrinterState {
  try {
    const { printer } = JSON.parse(text) as { readonly printer?: { readonly state?: unknown } };
    if (typeof printer?.state === 'string') return { is: STATES[printer.state] ?? 'ready' };
  } catch {
    // Same as for a reply that does not come from PrusaLink.
  }
  throw environment('no-status', 'the server is not a PrusaLink: its reply has no state of a printer');
}
