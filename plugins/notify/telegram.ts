// notify/telegram: sends a message through a Telegram bot when a camera goes offline and when it is back (core.telegram.org/bots/api).

import { defineNode } from '../../core/contract/plugin.ts';
import type { NotifyTelegramOptions } from '../../schemas/notify/telegram.ts';
import { reach } from '../kit/examine/reach.ts';
import { createHttpClient } from '../kit/http/fetch.ts';
import { post } from '../kit/notify/http.ts';
import { textOf, titleOf } from '../kit/notify/notice.ts';
import { notify } from '../kit/notify/notifier.ts';
import type { Sent } from '../kit/notify/outbox.ts';

export default defineNode<NotifyTelegramOptions>({
  examine: ({ url }, view) => reach(view, { option: 'url', url: url }),
  async start(node) {
    const { options, clock } = node;
    const client = createHttpClient({ connections: 1, connectTimeout: options.timeout, clock });
    node.defer(() => client.close());
    const url = new URL(options.url);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/bot${options.token}/sendMessage`;
    await notify(node, (notice, signal) =>
      post({
        client,
        clock,
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          chat_id: options.chat,
          text: `${titleOf(notice)}\n${textOf(notice)}`,
          disable_notification: notice.is === 'online' && options.back_silently,
        }),
        timeout: options.timeout,
        secrets: [options.token],
        signal,
        explain: ({ status, answer }) => explained(status, answer?.body ?? ''),
      }),
    );
  },
});

/** Telegram sends the reason in `description`, and the time of a retry only in the body. */
function explained(status: number, body: string): Sent | undefined {
  const { description, parameters } = read(body);
  if (status === 401 || status === 404) {
    return { is: 'failed', why: `Telegram does not know this bot (${status}): check "token".` };
  }
  if (typeof description !== 'string') return undefined;
  const shown = description.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, MAX_DESCRIPTION);
  if (status === 400 || status === 403) {
    return {
      is: 'failed',
      why: `Telegram refused the message (${shown}): check "chat", and that the bot may write there.`,
    };
  }
  const seconds = Number(read(parameters).retry_after);
  const retry = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
  return { is: 'failed', why: `Telegram answered ${status}: ${shown}.`, ...retry };
}

/** Limit of Telegram's description in characters. */
const MAX_DESCRIPTION = 200;

function read(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return { ...value };
  if (typeof value !== 'string') return {};
  try {
    return read(JSON.parse(value));
  } catch {
    return {};
  }
}
