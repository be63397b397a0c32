// upload/http: uploads pictures to any HTTP API, either at an interval or every picture.

import { redactUrl } from '../../../core/base/redact.ts';
import { defineNode, type Finding } from '../../../core/contract/plugin.ts';
import type { UploadHttpOptions } from '../../../schemas/upload/http.ts';
import { reach } from '../../kit/examine/reach.ts';
import { splitCredentials } from '../../kit/http/fetch.ts';
import { createUploadClient } from '../../kit/upload/client.ts';
import { createDeliver } from '../../kit/upload/each.ts';
import { exchange } from '../../kit/upload/exchange.ts';
import { uploadAtInterval } from '../../kit/upload/interval.ts';
import { type BodyShape, bodyOf } from './body.ts';
import { fill, fillUrl, hasFixedOrigin, partsOf, type TargetFacts } from './target.ts';

/** First pause after a failure with `send: every`. Milliseconds. */
const FIRST_PAUSE = 1000;
/** The smallest PNG has 67 bytes; anything shorter is not a picture. */
const LEAST = 64;

export default defineNode<UploadHttpOptions>({
  check({ url, send, printer }) {
    const findings: Finding[] = [];
    if (!hasFixedOrigin(url)) {
      const message = 'url: {camera} and {time} are allowed only in the path and the query, not in the host.';
      findings.push({ option: 'url', code: 'wrong-value', message });
    }
    if (send === 'every' && printer !== undefined) {
      const message =
        'printer has no effect with send: "every". Put a transform/sample with "printer" and "when" or "layers" before this node.';
      findings.push({ option: 'printer', code: 'wrong-value', message });
    }
    return findings;
  },
  examine: ({ url, ca }, view) => reach(view, { option: 'url', url, tls: { ca } }),
  async start(node) {
    const { options, clock, log, metrics } = node;
    const client = await createUploadClient({
      clock,
      everyMs: options.every,
      timeoutMs: options.timeout,
      connections: options.connections,
      ca: options.ca === undefined ? undefined : node.resolve(options.ca),
    });
    node.defer(() => client.close());

    const { username, password = '' } = splitCredentials(options.url);
    const headers = {
      ...(username === undefined ? {} : { authorization: basic(username, password) }),
      ...lowerCased(options.headers ?? {}),
    };
    const fields = options.fields ?? {};
    const given = [...Object.values(headers), ...Object.values(fields)].flatMap(withoutScheme);
    const secrets = [...given, password, ...partsOf(options.url)];
    const rules = {
      server: new URL(redactUrl(options.url)).host,
      everyMs: options.send === 'every' ? FIRST_PAUSE : options.every,
      random: Math.random,
    };

    /** A camd behind the URL recognises a repeated picture by its key. With an interval, the same picture may be sent twice on purpose. */
    const identity = ({ key }: { readonly key: string }): Record<string, string> =>
      options.send === 'every' ? { 'idempotency-key': `"${key}"` } : {};
    const send = (frame: Parameters<typeof bodyOf>[0], signal: AbortSignal) => {
      const { contentType, data } = bodyOf(frame, shapeOf(options, frame));
      const url = fillUrl(options.url, frame);
      return exchange(
        {
          method: options.method,
          url,
          headers: { 'user-agent': 'camd', 'content-type': contentType, ...identity(frame), ...headers },
          body: data,
        },
        { client, clock, timeoutMs: options.timeout, secrets, signal },
      );
    };

    if (options.send === 'newest') {
      return await uploadAtInterval(node, {
        rules,
        preflight: { staleAfterMs: options.stale_after, least: LEAST, skipUnchanged: options.skip_unchanged },
        camera: options.camera,
        single: false,
        credentials: [options.url, password, ...Object.values(headers)],
        smaller: options.smaller !== undefined,
        send,
      });
    }
    const deliver = createDeliver({
      clock,
      log,
      rules,
      giveUpMs: options.give_up,
      least: LEAST,
      finalStatus: options.final_status,
      send,
      report: (trouble) => (trouble === undefined ? node.healthy() : node.degraded(trouble)),
      count: metrics.count,
    });
    node.input().each(
      async (frame) => {
        if (options.camera === undefined || frame.camera === options.camera) await deliver(frame, node.signal);
      },
      { delivery: 'every', parallel: options.connections },
    );
    return {};
  },
});

/** RFC 7617 §2. */
const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** A header of the profile replaces camd's, regardless of case. */
const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function shapeOf(options: UploadHttpOptions, facts: TargetFacts): BodyShape {
  if (options.body === 'raw') return { is: 'raw', contentType: options.content_type };
  const given = Object.entries(options.fields ?? {});
  const fields = Object.fromEntries(given.map(([name, value]) => [name, fill(value, facts)]));
  if (options.body === 'multipart') return { is: 'multipart', field: options.field, fields };
  return { is: 'json', field: options.field, fields, dataUrl: options.data_url };
}

/** "Bearer abc" is a secret, and so is "abc". Short words are no secrets: masking them would hide half a message. */
function withoutScheme(value: string): string[] {
  return [value, ...value.split(' ')].filter((text) => text.length >= 8);
}
