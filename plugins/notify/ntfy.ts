// notify/ntfy: sends a push notification through ntfy when a camera goes offline and when it is back (docs.ntfy.sh/publish).

import { defineNode } from '../../core/contract/plugin.ts';
import type { NotifyNtfyOptions } from '../../schemas/notify/ntfy.ts';
import { reach } from '../kit/examine/reach.ts';
import { createHttpClient } from '../kit/http/fetch.ts';
import { post } from '../kit/notify/http.ts';
import { textOf, titleOf } from '../kit/notify/notice.ts';
import { notify } from '../kit/notify/notifier.ts';

export default defineNode<NotifyNtfyOptions>({
  examine: ({ url }, view) => reach(view, { option: 'url', url: url }),
  async start(node) {
    const { options, clock } = node;
    const client = createHttpClient({ connections: 1, connectTimeout: options.timeout, clock });
    node.defer(() => client.close());
    const { token } = options;
    await notify(node, (notice, signal) =>
      post({
        client,
        clock,
        url: new URL(options.url),
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({
          topic: options.topic,
          title: titleOf(notice),
          message: textOf(notice),
          priority: notice.is === 'offline' ? options.priority : Math.min(options.priority, NORMAL),
          tags: [notice.is === 'offline' ? 'warning' : 'white_check_mark'],
          ...(options.click === undefined ? {} : { click: options.click }),
        }),
        timeout: options.timeout,
        // Anyone with the name of a topic on a public server may read and write it.
        secrets: [options.topic, ...(token === undefined ? [] : [token])],
        signal,
      }),
    );
  },
});

/** ntfy's default priority. */
const NORMAL = 3;
