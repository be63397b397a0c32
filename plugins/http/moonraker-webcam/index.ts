// http/moonraker-webcam: keeps one entry in Moonraker's list of webcams up to date.

import { defineNode, environment } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { HttpMoonrakerWebcamOptions } from '../../../schemas/http/moonraker-webcam.ts';
import { reach } from '../../kit/examine/reach.ts';
import { createHttpClient } from '../../kit/http/fetch.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import { planEntry, type Wanted } from './entry.ts';

/** Most bytes of Moonraker's list. */
const MAX_ANSWER = 1024 * 1024;
const FIRST_RETRY = 1000;

export default defineNode<HttpMoonrakerWebcamOptions>({
  examine: ({ moonraker }, view) => reach(view, { option: 'moonraker', url: moonraker }),
  start(node) {
    const { options, clock, log } = node;
    const base = options.moonraker.replace(/\/$/, '');
    const host = new URL(base).host;
    const client = createHttpClient({ connections: 1, connectTimeout: options.timeout });
    node.defer(() => client.close());
    const wanted: Wanted = { owner: node.id, fields: fieldsOf(options, node.id) };

    const ask = async (method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: unknown): Promise<unknown> => {
      const reply = await client.fetch({
        url: new URL(`${base}${path}`),
        method,
        headers: {
          ...(options.api_key === undefined ? {} : { 'x-api-key': options.api_key }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        deadline: options.timeout,
        maxBytes: MAX_ANSWER,
        signal,
      });
      if (reply.status === 401 || reply.status === 403) {
        throw environment(
          'refused',
          `Moonraker at ${host} refuses camd (${reply.status}): set its API key in "api_key", or add this machine to [authorization] trusted_clients of moonraker.conf.`,
        );
      }
      if (reply.status >= 300)
        throw environment('refused', `Moonraker at ${host} answered with status ${reply.status}.`);
      return JSON.parse(reply.body.toString('utf8'));
    };

    const reschedule = async (signal: AbortSignal): Promise<void> => {
      const plan = planEntry(await ask('GET', '/server/webcams/list', signal), wanted);
      if (plan === undefined) throw environment('no-list', `The server at ${host} is not a Moonraker.`);
      if (plan.is === 'taken') {
        const where = plan.source === 'config' ? 'in moonraker.conf' : 'created by another program';
        throw environment(
          'taken',
          `Moonraker already has a webcam "${String(wanted.fields.name)}", ${where}; camd does not change it. Remove it there or choose another "name".`,
        );
      }
      if (plan.is === 'post') {
        await ask('POST', '/server/webcams/item', signal, plan.body);
        log.info('the webcam is registered with Moonraker', { moonraker: host, name: wanted.fields.name });
      }
      node.healthy();
    };

    node.degraded(`${node.id} is registering with Moonraker at ${host}.`);
    const backoff = createBackoff({ first: FIRST_RETRY, most: Math.max(FIRST_RETRY, options.check) });
    node.task(async (signal) => {
      for (;;) {
        try {
          await reschedule(signal);
          backoff.reset();
          await clock.sleep(options.check, signal);
        } catch (thrown) {
          signal.throwIfAborted();
          node.degraded(sentence(thrown));
          log.warn('the webcam could not be registered with Moonraker', { why: sentence(thrown) });
          await clock.sleep(backoff.next(), signal);
        }
      }
    });
  },
});

function fieldsOf(options: HttpMoonrakerWebcamOptions, id: string): Record<string, unknown> {
  const { service, location, target_fps, rotation, flip_horizontal, flip_vertical, aspect_ratio } = options;
  return {
    name: options.name ?? id,
    stream_url: options.stream_url,
    snapshot_url: options.snapshot_url ?? '',
    service,
    location,
    target_fps,
    rotation,
    flip_horizontal,
    flip_vertical,
    aspect_ratio,
  };
}
