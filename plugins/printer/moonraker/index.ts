// printer/moonraker: the state of a Klipper printer, from a subscription to Moonraker.

import { defineNode } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { PrinterMoonrakerOptions } from '../../../schemas/printer/moonraker.ts';
import { reach } from '../../kit/examine/reach.ts';
import { createPrinterState } from '../../kit/printer/state.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import { openJsonRpc } from './json-rpc.ts';
import { createPrinterObjects, fieldsOf, heightsOf, OBJECTS } from './objects.ts';

/** Milliseconds between two attempts to reach Moonraker. */
const FIRST_RETRY = 1000;
const LAST_RETRY = 30_000;

export default defineNode<PrinterMoonrakerOptions>({
  examine: ({ moonraker }, view) => reach(view, { option: 'moonraker', url: moonraker }),
  start(node) {
    const { options, clock, log } = node;
    const base = new URL(options.moonraker);
    const printer = createPrinterState();
    const objects = createPrinterObjects();
    let measured: string | undefined;
    const publishState = (): void => printer.set(objects.state());

    const serve = async (signal: AbortSignal): Promise<never> => {
      let subscribeAgain = (): void => {};
      const rpc = await openJsonRpc({
        url: `${base.protocol === 'https:' ? 'wss' : 'ws'}://${base.host}${base.pathname.replace(/\/$/, '')}/websocket`,
        headers: options.api_key === undefined ? {} : { 'x-api-key': options.api_key },
        timeout: options.timeout,
        clock,
        signal,
        onNotification(method, params) {
          if (method === 'notify_status_update') objects.merge(params[0]);
          else if (method === 'notify_klippy_ready') subscribeAgain();
          else if (method === 'notify_klippy_disconnected') objects.clear();
          else if (method === 'notify_klippy_shutdown') objects.merge({ webhooks: { state: 'shutdown' } });
          else return;
          publishState();
          loadHeights();
        },
      });
      const subscribe = async (): Promise<void> => {
        const { klippy_state: klipper } = fieldsOf(await rpc.call('server.info'));
        if (klipper !== 'ready') {
          objects.clear();
          objects.merge({ webhooks: { state: klipper } });
        } else {
          objects.merge(fieldsOf(await rpc.call('printer.objects.subscribe', { objects: OBJECTS })).status);
        }
        publishState();
        loadHeights();
      };
      /** Loads the layer heights of the printed file, once per print. */
      const loadHeights = (): void => {
        const filename = objects.filename();
        if (filename === measured) return;
        measured = filename;
        objects.setHeights(undefined);
        if (filename === undefined) return;
        rpc
          .call('server.files.metadata', { filename })
          .then((metadata) => {
            if (measured === filename) objects.setHeights(heightsOf(metadata));
          })
          .catch((thrown: unknown) =>
            log.debug('the layer heights of the file are unknown', { filename, why: sentence(thrown) }),
          );
      };
      await rpc.call('server.connection.identify', {
        client_name: 'camd',
        version: node.daemon.version,
        type: 'other',
        url: 'https://localhost',
      });
      const failed = new Promise<never>((_, reject) => {
        subscribeAgain = () => void subscribe().catch(reject);
      });
      failed.catch(() => {});
      await subscribe();
      node.healthy();
      return Promise.race([rpc.ended, failed]);
    };

    node.degraded(`camd is connecting to Moonraker at ${base.host}.`);
    const backoff = createBackoff({ first: FIRST_RETRY, most: LAST_RETRY });
    node.task(async (signal) => {
      for (;;) {
        const began = clock.monotonic();
        try {
          await serve(signal);
        } catch (thrown) {
          signal.throwIfAborted();
          objects.clear();
          measured = undefined;
          publishState();
          node.degraded(`Moonraker at ${base.host}: ${sentence(thrown).replace(/\.$/, '')}.`);
          if (clock.monotonic() - began > LAST_RETRY) backoff.reset();
          await clock.sleep(backoff.next(), signal);
        }
      }
    });
    return { printer: printer.port };
  },
});
