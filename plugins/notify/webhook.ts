// notify/webhook: sends an HTTP request, with a body from a template, when a camera goes offline and when it is back.

import { defineNode } from '../../core/contract/plugin.ts';
import type { NotifyWebhookOptions } from '../../schemas/notify/webhook.ts';
import { reach } from '../kit/examine/reach.ts';
import { createHttpClient } from '../kit/http/fetch.ts';
import { post } from '../kit/notify/http.ts';
import { escapeJson, fillTemplate, type Notice, PLACEHOLDERS, textOf, titleOf } from '../kit/notify/notice.ts';
import { notify } from '../kit/notify/notifier.ts';

const isJson = (type: string): boolean => /^application\/(?:.+\+)?json\b/i.test(type);

const SAMPLE: Notice = { is: 'offline', cameras: ['lobby'], since: 0, time: 0 };

export default defineNode<NotifyWebhookOptions>({
  check({ body, content_type: type }) {
    if (body === undefined) return [];
    const unknown = [...body.matchAll(/\{([a-z]+)\}/g)].map(([, name = '']) => name).filter(isUnknown);
    const [first] = unknown;
    if (first !== undefined) {
      const message = `body: the placeholder {${first}} is unknown; there are ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}.`;
      return [{ option: 'body', code: 'wrong-value', message }];
    }
    if (!isJson(type) || isValid(bodyOf(SAMPLE, body, type))) return [];
    const message = 'body: this is not valid JSON; write it as JSON, or set "content_type" to its type.';
    return [{ option: 'body', code: 'wrong-value', message }];
  },
  examine: ({ url }, view) => reach(view, { option: 'url', url: url }),
  async start(node) {
    const { options, clock } = node;
    const client = createHttpClient({ connections: 1, connectTimeout: options.timeout, clock });
    node.defer(() => client.close());
    const url = new URL(options.url);
    const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
    // Addresses of chat services are credentials themselves.
    const secrets = [
      ...headers.flatMap(([, value]) => [value, ...value.split(' ')]),
      url.href,
      ...url.pathname.split('/'),
    ];
    await notify(node, (notice, signal) =>
      post({
        client,
        clock,
        method: options.method,
        url,
        headers: { 'content-type': options.content_type, ...Object.fromEntries(headers) },
        body: bodyOf(notice, options.body, options.content_type),
        timeout: options.timeout,
        secrets: [...secrets, ...url.searchParams.values()].filter((text) => text.length >= 8),
        signal,
      }),
    );
  },
});

const isUnknown = (name: string): boolean => !PLACEHOLDERS.includes(name);

function bodyOf(notice: Notice, template: string | undefined, type: string): string {
  if (template !== undefined) return fillTemplate(template, notice, isJson(type) ? escapeJson : (text) => text);
  return JSON.stringify({
    title: titleOf(notice),
    text: textOf(notice),
    state: notice.is,
    cameras: notice.cameras,
    since: new Date(notice.since).toISOString(),
    time: new Date(notice.time).toISOString(),
  });
}

function isValid(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
